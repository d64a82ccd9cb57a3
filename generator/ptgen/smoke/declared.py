"""Proves that the difference a recipe makes to a project is what it declares, and no other.

It runs an ablation: a part of the recipe is removed in a copy of the template, and the project is
rendered again.
"""

import ast
import shutil
import tomllib
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path

import yaml

from ptgen.base.errors import PtgenError
from ptgen.smoke.rendering import NAME, compose
from ptgen.templates import Template
from ptgen.templates.manifest import Manifest

README = "README.md"
EMPTY = (
    "config",
    "defaults",
    "dependencies",
    "dev_dependencies",
    "files",
    "scripts",
    "group",
    "requires",
)
Project = dict[str, bytes]
Places = dict[str, list[Sequence[str]]]  # for each task, the recipes of some projects


def undeclared(
    template: Template,
    task: str,
    recipe: Manifest,
    required: Sequence[str],
    together: Sequence[str],
    scratch: Path,
) -> list[str]:
    """Return what is wrong with what a recipe declares, nothing if all is well.

    Its slots and blocks are looked at with the first of its tasks, for all of them: each must have
    an effect on one.

    Args:
        template: The template.
        task: A task that the recipe applies to.
        recipe: The recipe.
        required: Names of the recipes that it requires.
        together: Names of as many recipes as can be in one project, this one among them: what has
            no effect on the recipe alone may have one there.
        scratch: A folder to work in, which is not there yet.
    """
    bench = Bench(template.folder, scratch)
    chosen = [*required, recipe.name]
    without, whole = bench.render(task, required), bench.whole(task, chosen)
    catalogue = template.catalogue(task)
    before, after = (set(catalogue.chosen(names)) for names in (required, chosen))
    added = _files_of(template, after - before)
    gone = _files_of(template, before - after)
    problems = [*_files(task, recipe, without, whole, added, gone), *_entries(task, recipe, whole)]
    places: Places = {task: [chosen, together], **_elsewhere(template, task, recipe)}
    for fragment in bench.fragments(recipe) if task == min(places) else []:
        tries = ((name, recipes) for name, sets in places.items() for recipes in sets)
        if not any(bench.has_effect(fragment, *one) for one in tries):
            problems.append(
                f"{fragment} is never reached on {', '.join(sorted(places))}; "
                "delete it, or mend its condition"
            )
    bench.empty(recipe)
    for path in _differing(without, bench.render(task, chosen)):
        problems.append(
            f"{path} of {task} changes with {recipe.name} even when its folder is empty; "
            f"expected that nothing outside recipes/{recipe.name} knows it"
        )
    return problems


class Bench:
    """A copy of a template that can be changed, and the projects that it makes."""

    def __init__(self, template: Path, scratch: Path) -> None:
        """Copy the template into the new folder ``scratch``."""
        self.template = scratch / "template"
        self._known: dict[tuple[str, frozenset[str]], Project] = {}
        ignore = shutil.ignore_patterns(".git", "__pycache__")
        shutil.copytree(template, self.template, ignore=ignore)

    def render(self, task: str, recipes: Iterable[str]) -> Project:
        """Return the files of a project, but for its answers."""
        return compose(Template(self.template), task, recipes)

    def whole(self, task: str, recipes: Iterable[str]) -> Project:
        """Return the files of a project of the template as it was, rendered once."""
        key = task, frozenset(recipes)
        if key not in self._known:
            self._known[key] = self.render(task, recipes)
        return self._known[key]

    def fragments(self, recipe: Manifest) -> list[str]:
        """Return the paths of what a recipe has for slots and blocks."""
        folder = self.template / "recipes" / recipe.name
        paths = [path for part in ("slots", "blocks") for path in sorted(folder.glob(f"{part}/*"))]
        return [path.relative_to(self.template).as_posix() for path in paths]

    def has_effect(self, fragment: str, task: str, recipes: Sequence[str]) -> bool:
        """Tell whether a project is another one without a fragment, or cannot be rendered then.

        If another recipe cannot be rendered, this one has no effect beside it.
        """
        try:
            whole = self.whole(task, recipes)
        except PtgenError:
            return False
        path = self.template / fragment
        content = path.read_bytes()
        path.unlink()
        try:
            return self.render(task, recipes) != whole
        except PtgenError:
            return True
        finally:
            path.write_bytes(content)

    def empty(self, recipe: Manifest) -> None:
        """Take all out of the folder of a recipe but what the rules need of its manifest."""
        folder = self.template / "recipes" / recipe.name
        shutil.rmtree(folder)
        folder.mkdir()
        facts = recipe.model_dump(exclude=set(EMPTY))
        (folder / "recipe.yml").write_text(yaml.safe_dump(facts), encoding="utf-8")


def _elsewhere(template: Template, task: str, recipe: Manifest) -> Places:
    """Return the other tasks that a recipe applies to, each with a small and a large project."""
    found: Places = {}
    for name in [name for name in template.tasks if name != task]:
        catalogue = template.catalogue(name)
        if small := catalogue.complete(frozenset([recipe.name])):
            found[name] = [sorted(small), catalogue.largest(small)]
    return found


def _files_of(template: Template, names: Collection[str]) -> set[str]:
    """Return the files that recipes and parts declare, as they are called in a project."""
    return {
        f"{NAME}/{path.removeprefix('package/')}" if path.startswith("package/") else path
        for manifest in template.manifests
        if manifest.name in names
        for path in manifest.files
    }


def _files(
    task: str,
    recipe: Manifest,
    without: Project,
    whole: Project,
    declared: Collection[str],
    replaced: Collection[str],
) -> Iterator[str]:
    """Yield where the files that a recipe adds, with its parts, differ from what they declare.

    Args:
        task: The task.
        recipe: The recipe.
        without: A project without it.
        whole: The project with it.
        declared: The files of the recipe and of the parts that it brings.
        replaced: The files of the parts that it takes the place of.
    """
    declared, new = set(declared), whole.keys() - without.keys()
    place = f"recipes/{recipe.name}/recipe.yml: files"
    for path in sorted(declared - new):
        yield f"{place} has {path}, but the recipe adds no such file to {task}"
    for path in sorted(new - declared):
        yield f"{place} lacks {path}, which the recipe adds to {task}"
    for path in sorted(without.keys() - whole.keys() - set(replaced)):
        yield f"{path} of {task} is gone with {recipe.name}; expected that a recipe removes nothing"


def _entries(task: str, recipe: Manifest, whole: Project) -> Iterator[str]:
    """Yield the settings and dependencies of a manifest that a project lacks."""
    module = ast.parse(whole.get(f"{NAME}/config.py", b""))
    fields = {
        node.target.id
        for node in ast.walk(module)
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    }
    description = tomllib.loads(whole.get("pyproject.toml", b"").decode())
    needs = description.get("project", {}).get("dependencies", [])
    group = description.get("dependency-groups", {}).get("dev", [])
    entries: list[tuple[str, Iterable[str], Collection[str]]] = [
        ("config", [setting.name for setting in recipe.config], fields),
        ("dependencies", recipe.dependencies, needs),
        ("dev_dependencies", recipe.dev_dependencies, group),
    ]
    for key, declared, found in entries:
        for entry in declared:
            if entry not in found:
                file = "config.py" if key == "config" else "pyproject.toml"
                yield (
                    f"recipes/{recipe.name}/recipe.yml: {key} has {entry}, "
                    f"but {file} of {task} does not"
                )


def _differing(one: Project, other: Project) -> list[str]:
    """Return the files that differ; of the README, headings and blank lines do not count."""
    return [
        path for path in sorted(one.keys() | other.keys()) if _text(path, one) != _text(path, other)
    ]


def _text(path: str, project: Project) -> bytes | list[bytes] | None:
    content = project.get(path)
    if path != README or content is None:
        return content
    return [line for line in content.splitlines() if line.strip() and not line.startswith(b"#")]
