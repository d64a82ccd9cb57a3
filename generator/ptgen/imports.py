"""Brings recipes of other repositories into a template, and moves them to newer versions.

Nothing of a recipe is run. It is put into a copy of the template, checked and rendered there, and
only then moved in.
"""

import os
import re
import shutil
import signal
import tempfile
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from ptgen import checks, manifest, origins, project, registry, rules, source
from ptgen.difference import requirements
from ptgen.errors import Problems, PtgenError, unwritable
from ptgen.manifest import Manifest
from ptgen.merge import merge
from ptgen.names import unknown
from ptgen.origins import RECORD, Origin, digest, without_credentials
from ptgen.questions import Questions
from ptgen.render import render
from ptgen.signals import handled_by
from ptgen.staging import scratch, sibling_of
from ptgen.versions import Versions

PARTS = tuple(dict.fromkeys((*source.COMPOSED_OF, "presets")))
WITHOUT_CACHES = shutil.ignore_patterns("__pycache__")


@dataclass(frozen=True)
class Release:
    """A version of a source, as a plain folder.

    Attributes:
        address: Where the source can be had again.
        version: Its tag or commit; None if it is not in git.
        commit: Its commit; None if it is not in git.
        folder: The folder.
    """

    address: str
    version: str | None
    commit: str | None
    folder: Path

    @property
    def place(self) -> str:
        """Where and which, for a message: ``URL at v1.0``."""
        return f"{self.address} at {self.version}" if self.version else self.address

    @property
    def names(self) -> list[str]:
        """Names of its recipes."""
        return sorted(path.parent.name for path in self.folder.glob("recipes/*/recipe.yml"))

    def members(self, group: str) -> list[str]:
        """Return the names of the recipes of a group, as far as they can be read."""
        try:
            return [entry.name for entry in _sound(self.folder) if entry.group == group]
        except Problems:
            return []

    def recipe(self, name: str) -> Path:
        """Return the folder of a recipe."""
        return self.folder / "recipes" / name

    def origin(self, name: str) -> Origin:
        """Return what is to be recorded of a recipe that is taken from here."""
        return Origin(self.address, self.version, digest(self.recipe(name)))


class Source:
    """Where recipes come from: a repository with all its versions, or a folder as it lies.

    Attributes:
        address: Where it can be had again, without user and password.
    """

    def __init__(self, where: str, room: Path) -> None:
        """Get it.

        Args:
            where: A path or URL of git, or gh:owner/name.
            room: A folder that does not exist, to keep it in.

        Raises:
            PtgenError: If it cannot be had.
        """
        room.mkdir()
        self._room = room
        self._releases: dict[str, Release] = {}
        self._versions: Versions | None = None
        address = source.asked_for(where) or where
        url = source.git_url(address)
        if url is None:
            self.address = str(Path(address).expanduser())
            if not Path(self.address).is_dir():
                raise PtgenError(
                    f"there is nothing at {address}; expected a folder, a git URL or gh:owner/name"
                )
        else:
            self.address = without_credentials(source.recordable(address))
            clone = source.clone_of(self.address, url, room / "clone", "repository")
            self._versions = Versions(clone, self.address)

    @property
    def is_remote(self) -> bool:
        """Whether others than this machine can reach it."""
        return not Path(self.address).exists()

    def at(self, ref: str | None) -> Release:
        """Return a version: a tag, branch or commit; if not given, the newest.

        Raises:
            PtgenError: If there is none, or if it holds what recipes may not.
        """
        if self._versions is None:
            if ref:
                raise PtgenError(f"{ref} is a version of a repository; {self.address} is none")
            source.refuse_links(Path(self.address))
            return Release(self.address, None, None, Path(self.address))
        clone = self._versions.folder
        commit = self._commit(ref or source.newest_tag(clone) or "HEAD")
        if commit not in self._releases:
            folder = self._versions.checkout(commit, self._room / commit)
            version = self._versions.name(commit)
            self._releases[commit] = Release(self.address, version, commit, folder)
        return self._releases[commit]

    def is_behind(self, release: Release, version: str | None) -> bool:
        """Tell whether a version that is recorded comes after another, which is so no news."""
        if self._versions is None or version is None or release.commit is None:
            return False
        try:
            now = self._commit(version)
        except PtgenError:
            return False
        return now != release.commit and self._versions.holds(now, release.commit)

    def _commit(self, ref: str) -> str:
        assert self._versions is not None
        return source.commit_of(self._versions.folder, ref, self.address, "repository")


@dataclass(frozen=True)
class Arrival:
    """What an import has brought.

    Attributes:
        release: Where from.
        names: The recipes, those among them that came along.
        told: A line for each that came along.
        is_remote: Whether others can have it from there, too.
    """

    release: Release
    names: list[str]
    told: list[str]
    is_remote: bool


@dataclass
class Outcome:
    """What became of an imported recipe.

    Attributes:
        name: Of the recipe.
        source: Where it is from.
        before: The version it was at.
        after: The version it is at.
        status: ``merged`` if it had local changes, which it still has; ``current`` if there is
            nothing new; ``refused`` if nothing was done.
        told: What else there is to say, such as the reasons of a refusal.
    """

    name: str
    source: str
    before: str | None
    after: str | None
    status: Literal["updated", "merged", "current", "refused"] = "refused"
    told: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Change:
    """A newer version of a recipe, not yet put in.

    Attributes:
        folder: The recipe as it is to be.
        release: The version it is from.
        outcome: To be written to.
        is_merged: Whether local changes are in it.
    """

    folder: Path
    release: Release
    outcome: Outcome
    is_merged: bool


def bring(template: Path, where: str, names: Sequence[str], ref: str | None = None) -> Arrival:
    """Bring recipes into a template, with those they need.

    Args:
        template: Folder of the template.
        where: Where they are, as ``source.open_template`` takes it.
        names: Of the recipes.
        ref: Tag, branch or commit; the newest version if not given.

    Raises:
        PtgenError: If they cannot be had, or do not fit the template. Then nothing has changed.
    """
    _refuse_unreadable(template)
    known = origins.read(template)
    with scratch() as room:
        origin = Source(where, room / "source")
        release = origin.at(ref)
        there = release.names
        if not there:
            raise PtgenError(f"{release.place} has no recipes; expected recipes/NAME/recipe.yml")
        names = list(dict.fromkeys(names))
        problems = [
            str(unknown("recipe", name, there)).replace("there is no", f"{release.place} has no", 1)
            for name in names
            if name not in there
        ]
        taken = (_taken(template, name, release, known.get(name)) for name in names)
        if problems := [*problems, *filter(None, taken)]:
            raise Problems(problems)
        homes = dict.fromkeys(names, release)
        told = _take(template, {name: release.recipe(name) for name in names}, homes, ())
    return Arrival(release, sorted(homes), told, origin.is_remote)


def update(
    template: Path, names: Sequence[str] = (), to: str | None = None
) -> tuple[list[Outcome], list[str]]:
    """Move imported recipes to another version; what is wrong with one does not stop the others.

    Args:
        template: Folder of the template.
        names: Of the recipes; none stands for all that were imported.
        to: Tag, branch or commit; the newest version if not given.

    Returns:
        What became of each, and a line for each recipe that came along.

    Raises:
        Problems: If one was never imported. Then nothing has changed.
    """
    _refuse_unreadable(template)
    known = origins.read(template)
    if problems := [
        str(unknown("recipe", name, known)).replace("recipe", "imported recipe", 1)
        for name in names
        if name not in known
    ]:
        raise Problems(problems)
    outcomes, changes = [], []
    sources: dict[str, Source | PtgenError] = {}
    with scratch() as room:
        for number, name in enumerate(dict.fromkeys(names) or known):
            was = known[name]
            outcome = Outcome(name, was.source, was.version, was.version)
            outcomes.append(outcome)
            try:
                if was.source not in sources:
                    sources[was.source] = _open(was.source, room / f"source{number}")
                change = _change(template, was, sources[was.source], to, outcome, room)
            except (PtgenError, OSError) as error:
                outcome.told = str(error).splitlines()
                continue
            if change:
                changes.append(change)
        return outcomes, _put_in(template, changes)


def _taken(template: Path, name: str, release: Release, was: Origin | None) -> str | None:
    """Return why a recipe cannot be brought because of one of its name, None if there is none."""
    if not os.path.lexists(template / "recipes" / name):
        return None
    if was is None:
        return f"recipes/{name} is the template's own; move it away first, or leave {name} out"
    if _same_place(was.source, release.address):
        return f"{name} was imported before, from {was.place}; use ptgen recipe update {name}"
    return f"{name} was imported from {was.place}; remove recipes/{name} first, or leave it out"


def _same_place(one: str, other: str) -> bool:
    """Tell whether two addresses are one for git."""

    def plain(address: str) -> str:
        return without_credentials(source.git_url(address) or address).removesuffix(".git")

    return plain(one) == plain(other)


def _open(where: str, room: Path) -> Source | PtgenError:
    """Get a source, or the reason why it cannot be had, for every recipe that is from there."""
    try:
        return Source(where, room)
    except PtgenError as error:
        return PtgenError(f"{error}; if it has moved, change source in {RECORD}")


def _change(
    template: Path,
    was: Origin,
    origin: Source | PtgenError,
    to: str | None,
    outcome: Outcome,
    room: Path,
) -> Change | None:
    """Prepare the update of a recipe; where there is nothing new, say so in its outcome."""
    if isinstance(origin, PtgenError):
        raise origin
    name, mine = outcome.name, template / "recipes" / outcome.name
    if not mine.is_dir():
        raise PtgenError(
            f"recipes/{name} is not there; import it again, ptgen recipe import {was.source} "
            f"{name}, or take it out of {RECORD}"
        )
    release = origin.at(to)
    if to is None and origin.is_behind(release, was.version):
        outcome.status = "current"
        return None
    theirs = release.recipe(name)
    if name not in release.names:
        raise PtgenError(
            f"{release.place} has no {name} any more; to keep yours as the template's own, take it "
            f"out of {RECORD}"
        )
    outcome.after = release.version
    if digest(theirs) == was.digest:
        outcome.status = "current"
        if release.version != was.version:
            outcome.told = [f"{name} is the same in both"]
            record = {**origins.read(template), name: release.origin(name)}
            _keep(template, {}, record, ())
        return None
    outcome.after = was.version
    if digest(mine) in (was.digest, digest(theirs)):
        return Change(theirs, release, outcome, is_merged=False)
    base = _base(name, was, origin)
    merged = room / f"merged-{name}"
    _refuse_odd_files(mine, name)
    if conflicts := merge(base, mine, theirs, merged):
        raise Problems(
            f"recipes/{name}/{path}: you and {release.version or 'the source'} changed the same "
            "lines; take your changes there out, update, and make them anew"
            for path in conflicts
        )
    return Change(merged, release, outcome, is_merged=True)


def _base(name: str, was: Origin, origin: Source) -> Path:
    """Return the folder of a recipe as it was imported.

    Raises:
        PtgenError: If that cannot be had any more.
    """
    hint = f"move recipes/{name} away, import it again, and make your changes anew"
    why = f"you have changed {name}, and what it was before cannot be had"
    if was.version is None:
        raise PtgenError(f"{why}: {was.source} was not in git; {hint}")
    try:
        folder = origin.at(was.version).recipe(name)
    except PtgenError as error:
        raise PtgenError(f"{why}: {error}; {hint}") from error
    if not folder.is_dir() or digest(folder) != was.digest:
        raise PtgenError(f"{why}: {was.place} holds another {name} than it did; {hint}")
    return folder


def _put_in(template: Path, changes: Sequence[Change]) -> list[str]:
    """Put newer recipes into a template: all at once, else those that fit by themselves.

    Returns:
        A line for each recipe that came along.
    """
    if len(changes) > 1:
        with suppress(PtgenError, OSError):  # it is told below, of the recipe that it is of
            return _put_together(template, changes)
    told = []
    for change in changes:
        try:
            told += _put_together(template, [change])
        except (PtgenError, OSError) as error:
            change.outcome.told = str(error).splitlines()
    return told


def _put_together(template: Path, changes: Sequence[Change]) -> list[str]:
    recipes = {change.outcome.name: change.folder for change in changes}
    homes = {change.outcome.name: change.release for change in changes}
    told = _take(template, recipes, homes, set(recipes))
    for change in changes:
        change.outcome.after = change.release.version
        change.outcome.status = "merged" if change.is_merged else "updated"
    return told


def _take(
    template: Path,
    recipes: Mapping[str, Path],
    homes: dict[str, Release],
    replaced: Collection[str],
) -> list[str]:
    """Check recipes, and move them and what they need into a template.

    Args:
        template: Folder of the template.
        recipes: Their folders, by name.
        homes: Where they are from, by name; those that come along are added.
        replaced: Names of those that are there and give way.

    Returns:
        A line for each recipe that came along.

    Raises:
        PtgenError: If they do not fit. Then nothing has changed.
    """
    with scratch() as room:
        for name, folder in recipes.items():
            _copy(folder, room / "recipes" / name)
        told = _complete(template, room, homes)
        staged = {name: room / "recipes" / name for name in homes}
        new = {name: release.origin(name) for name, release in homes.items()}
        record = {**origins.read(template), **new}
        if problems := _new_problems(template, staged, record):
            names = " and ".join(sorted(recipes))
            does = "does" if len(recipes) == 1 else "do"
            raise Problems([f"{names} {does} not fit the template; nothing was kept:", *problems])
        _keep(template, staged, record, replaced)
    return told


def _complete(template: Path, room: Path, homes: dict[str, Release]) -> list[str]:
    """Add the recipes that recipes need and the template lacks, from where those are from.

    Returns:
        A line for each.

    Raises:
        Problems: If one is nowhere, or if there is more than one way.
    """
    own = _sound(template)
    told: list[str] = []
    while True:
        chosen = [entry for entry in _sound(room) if entry.name in homes]
        have = {entry.name for entry in own} | set(homes)
        have |= {entry.group for entry in (*own, *chosen) if entry.group}
        wanted = {need: entry.name for entry in chosen for need in entry.requires}
        missing = {need: name for need, name in sorted(wanted.items()) if need not in have}
        if not missing:
            return told
        problems = []
        for need, name in missing.items():
            home = homes[name]
            if os.path.lexists(template / "recipes" / need):
                problems.append(f"{name} needs {need}, and recipes/{need} has no recipe.yml")
            elif need in home.names:
                _copy(home.recipe(need), room / "recipes" / need)
                homes[need] = home
                told.append(f"{need} comes along: {name} needs it")
            elif members := home.members(need):
                ways = ", ".join(members)
                problems.append(f"{name} needs one of the group {need}; import one, too: {ways}")
            else:
                problems.append(
                    f"{name} needs {need}, which neither the template nor {home.place} has"
                )
        if problems:
            raise Problems(problems)


def _sound(folder: Path) -> list[Manifest]:
    """Return the manifests below a folder that are sound in themselves."""
    return manifest.validate(registry.read(folder))[0]


def _refuse_unreadable(template: Path) -> None:
    """Refuse a template that nothing can be rendered from, whatever is put into it."""
    Questions(template)
    try:
        _, problems = manifest.validate(registry.read(template))
    except Problems as error:
        problems = list(error.problems)
    if problems:
        raise Problems([f"{template} has mistakes; mend them first:", *problems])


def _new_problems(
    template: Path, recipes: Mapping[str, Path], record: Mapping[str, Origin]
) -> list[str]:
    """Return what would be wrong with a template that had recipes, and is not wrong without."""
    with scratch() as room:
        for part in PARTS:
            path = template / part
            if path.is_dir():
                shutil.copytree(path, room / part, symlinks=True, ignore=WITHOUT_CACHES)
            elif path.is_file():
                shutil.copy2(path, room / part)
        before = {_without_place(problem) for problem in _problems(room)}
        for name, folder in recipes.items():
            shutil.rmtree(room / "recipes" / name, ignore_errors=True)
            _copy(folder, room / "recipes" / name)
        (room / RECORD).write_text(origins.text(record), encoding="utf-8")
        found = [text for text in _problems(room) if _without_place(text) not in before]
        return found or list(_render_each(room, recipes))


def _problems(template: Path) -> list[str]:
    try:
        checks.check(template)
    except Problems as error:
        return list(error.problems)
    return []


def _without_place(problem: str) -> str:
    """Return a problem without line and suggestion, which others' recipes can change."""
    return re.sub(r":\d+:", ":", problem).partition("; did you mean ")[0]


def _render_each(template: Path, names: Iterable[str]) -> Iterator[str]:
    """Make a project with each recipe on each task it applies to, and yield what is wrong."""
    entries = {entry.name: entry for entry in _sound(template)}
    manifests = list(entries.values())
    tasks = [entry.name for entry in manifests if entry.is_task]
    for name in sorted(names):
        entry, tried, against = entries[name], False, list[str]()
        for task in tasks:
            if not entry.applies_to(task):
                continue
            chosen = [] if entry.is_task else [*requirements(manifests, entry, task), name]
            against = rules.problems(template, {"task": task, "recipes": chosen})
            if against:
                continue
            tried = True
            try:
                _render(template, task, chosen)
            except Exception as error:  # whatever its expressions come to
                yield f"recipes/{name}: a project of the task {task} cannot be made: {error}"
        if not tried:
            reasons = f": {'; '.join(against)}" if against else ""
            yield f"recipes/{name}: no project can have it{reasons}"


def _render(template: Path, task: str, recipes: Sequence[str]) -> None:
    with scratch() as folder:
        destination = folder / "myproject"
        render(template, project.answers(template, destination, task, recipes), destination)


def _keep(
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

    with sibling_of(folder) as room, _place_for_old(template, replaced) as old:
        try:
            for name, staged in recipes.items():
                shutil.copytree(staged, room / name)
            (room / "imported.yml").write_text(origins.text(record), encoding="utf-8")
            with handled_by(signal.SIG_IGN):
                for name in recipes:
                    if name in replaced:
                        rename(folder / name, old / name)
                    rename(room / name, folder / name)
                (room / "imported.yml").replace(template / RECORD)
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


def _copy(folder: Path, target: Path) -> None:
    """Copy a recipe, if it is made of files and folders alone."""
    _refuse_odd_files(folder, target.name)
    shutil.copytree(folder, target, ignore=WITHOUT_CACHES)


def _refuse_odd_files(folder: Path, name: str) -> None:
    """Refuse links, which could bring files of this machine along, and what is no file at all."""
    problems = []
    for path in (folder, *sorted(folder.rglob("*"))):
        place = f"recipes/{name}/{path.relative_to(folder).as_posix()}".removesuffix("/.")
        if path.is_symlink():
            problems.append(f"{place} is a symbolic link; expected a file")
        elif not path.is_file() and not path.is_dir():
            problems.append(f"{place} is no plain file; expected one")
    if problems:
        raise Problems(problems)
