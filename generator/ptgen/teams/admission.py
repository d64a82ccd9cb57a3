"""Checks and renders recipes of others in a copy of a template, then installs all or none."""

import re
import shutil
import signal
import tempfile
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from ptgen.base.errors import Problems, unwritable
from ptgen.base.signals import handled_by
from ptgen.base.staging import files_of, scratch, sibling_of
from ptgen.projects.create import complete_answers
from ptgen.templates import Template, checks, origins, source
from ptgen.templates.catalogue import Catalogue
from ptgen.templates.checks import rendered
from ptgen.templates.origins import RECORD, Origin

WITHOUT_CACHES = shutil.ignore_patterns("__pycache__")


def refuse_unreadable(folder: Path) -> None:
    """Refuse a template that nothing can be rendered from, whatever is put into it."""
    template = Template(folder)
    template.config.refuse_code()
    try:
        template.refuse_invalid()
    except Problems as error:
        problems = [f"{folder} has mistakes; fix them first:", *error.problems]
        raise Problems(problems) from None


def new_problems(
    template: Path, recipes: Mapping[str, Path], record: Mapping[str, Origin]
) -> list[str]:
    """Return what would be wrong with a template that had recipes, and is not wrong without."""
    with scratch() as workdir:
        for part in source.COMPOSED_OF:
            path = template / part
            if path.is_dir():
                shutil.copytree(path, workdir / part, symlinks=True, ignore=WITHOUT_CACHES)
            elif path.is_file():
                shutil.copy2(path, workdir / part)
        before = {_without_place(problem) for problem in _problems(workdir)}
        for name, folder in recipes.items():
            shutil.rmtree(workdir / "recipes" / name, ignore_errors=True)
            copy(folder, workdir / "recipes" / name)
        (workdir / RECORD).write_text(origins.text(record), encoding="utf-8")
        found = [text for text in _problems(workdir) if _without_place(text) not in before]
        return found or list(_render_each(workdir, recipes))


def _problems(template: Path) -> list[str]:
    return list(map(str, checks.find(template, rendering=False)))


def _without_place(problem: str) -> str:
    """Return a problem without line and suggestion, which others' recipes can change."""
    return re.sub(r":\d+:", ":", problem).partition("; did you mean ")[0]


def _render_each(folder: Path, names: Iterable[str]) -> Iterator[str]:
    """Create a project with each recipe on each task it applies to, and yield what is wrong."""
    template = Template(folder)
    manifests = {entry.name: entry for entry in template.valid_manifests}
    for name in sorted(names):
        entry, tried, against = manifests[name], False, list[str]()
        for task in template.tasks:
            if not entry.applies_to(task):
                continue
            catalogue = Catalogue(task, manifests.values())
            asked = frozenset([name] if entry.is_recipe else [])
            recipes = sorted(catalogue.complete(asked) or asked)
            against = template.problems({"task": task, "recipes": recipes})
            if against:
                continue
            tried = True
            what = f"recipes/{name}: a project of the task {task}"
            try:
                files = _render(template, task, recipes)
            except Exception as error:  # whatever its expressions come to
                yield f"{what} cannot be created: {error}"
            else:
                yield from (f"{what}: {problem}" for problem in rendered.unreadable(files))
        if not tried:
            reasons = f": {'; '.join(against)}" if against else ""
            yield f"recipes/{name}: no project can have it{reasons}"


def _render(template: Template, task: str, recipes: Sequence[str]) -> dict[str, bytes]:
    with scratch() as folder:
        destination = folder / "myproject"
        template.render(complete_answers(template, destination, task, recipes), destination)
        return {name: (destination / name).read_bytes() for name in files_of(destination)}


def install(
    template: Path,
    recipes: Mapping[str, Path],
    record: Mapping[str, Origin],
    replaced: Collection[str],
) -> None:
    """Move recipes and the record into a template, all or none.

    Raises:
        PtgenError: If that cannot be done. Then nothing has changed.
    """
    folder = template / "recipes"
    made: list[tuple[Path, Path]] = []

    def rename(one: Path, other: Path) -> None:
        one.rename(other)
        made.append((one, other))

    with sibling_of(folder) as workdir, _place_for_old(template, replaced) as old:
        try:
            for name, staged in recipes.items():
                shutil.copytree(staged, workdir / name)
            (workdir / "imported.yml").write_text(origins.text(record), encoding="utf-8")
            with handled_by(signal.SIG_IGN):
                for name in recipes:
                    if name in replaced:
                        rename(folder / name, old / name)
                    rename(workdir / name, folder / name)
                (workdir / "imported.yml").replace(template / RECORD)
        except OSError as error:
            with handled_by(signal.SIG_IGN):
                for one, other in reversed(made):
                    other.rename(one)
            raise unwritable(folder, error) from error


@contextmanager
def _place_for_old(template: Path, replaced: Collection[str]) -> Iterator[Path]:
    """Give a folder for the recipes that give way, which is gone afterwards.

    Unlike a sibling, it is not tidied up by the next run: if the machine stops meanwhile, they are
    in it.
    """
    if not replaced:
        yield template
        return
    folder = Path(tempfile.mkdtemp(prefix=".recipes-before-", dir=template))
    try:
        yield folder
    finally:
        with handled_by(signal.SIG_IGN):
            shutil.rmtree(folder, ignore_errors=True)


def copy(folder: Path, target: Path) -> None:
    """Copy a recipe, if it is made of files and folders alone."""
    refuse_odd_files(folder, target.name)
    shutil.copytree(folder, target, ignore=WITHOUT_CACHES)


def refuse_odd_files(folder: Path, name: str) -> None:
    """Refuse links, which could bring files of this machine along, and special files."""
    problems = []
    for path in (folder, *sorted(folder.rglob("*"))):
        place = f"recipes/{name}/{path.relative_to(folder).as_posix()}".removesuffix("/.")
        if path.is_symlink():
            problems.append(f"{place} is a symbolic link; expected a file")
        elif not path.is_file() and not path.is_dir():
            problems.append(f"{place} is not a regular file; expected one")
    if problems:
        raise Problems(problems)
