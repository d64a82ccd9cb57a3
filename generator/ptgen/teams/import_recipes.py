"""Imports recipes of other repositories into a template, and updates them.

Nothing of a recipe is run. It is put into a copy of the template, checked and rendered there, and
only then moved in.
"""

import os
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from ptgen.base.digest import tree_digest
from ptgen.base.errors import Problems, PtgenError
from ptgen.base.names import unknown
from ptgen.base.staging import scratch
from ptgen.teams import admission
from ptgen.teams.merge import merge
from ptgen.teams.recipe_source import Release, Source, same_place
from ptgen.templates import Template, origins
from ptgen.templates.origins import RECORD, Origin


@dataclass(frozen=True)
class Arrival:
    """What an import has added.

    Attributes:
        release: Where from.
        names: The recipes, with those that they require.
        notes: A line for each that was not asked for.
        is_remote: Whether others can have it from there, too.
    """

    release: Release
    names: list[str]
    notes: list[str]
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
        notes: What else there is to say, such as the reasons of a refusal.
    """

    name: str
    source: str
    before: str | None
    after: str | None
    status: Literal["updated", "merged", "current", "refused"] = "refused"
    notes: list[str] = field(default_factory=list)


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


def import_recipes(
    template: Path, where: str, names: Sequence[str], ref: str | None = None
) -> Arrival:
    """Import recipes into a template, with those they require.

    Args:
        template: Folder of the template.
        where: Where they are, as ``source.open_template`` takes it.
        names: Of the recipes.
        ref: Tag, branch or commit; the newest version if not given.

    Raises:
        PtgenError: If they cannot be had, or do not fit the template. Then nothing has changed.
    """
    admission.refuse_unreadable(template)
    known = origins.read(template)
    with scratch() as workdir:
        origin = Source(where, workdir / "source")
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
        notes = _take(template, {name: release.recipe(name) for name in names}, homes, ())
    return Arrival(release, sorted(homes), notes, origin.is_remote)


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
    admission.refuse_unreadable(template)
    known = origins.read(template)
    if problems := [
        str(unknown("recipe", name, known)).replace("recipe", "imported recipe", 1)
        for name in names
        if name not in known
    ]:
        raise Problems(problems)
    outcomes, changes = [], []
    sources: dict[str, Source | PtgenError] = {}
    with scratch() as workdir:
        for number, name in enumerate(dict.fromkeys(names) or known):
            was = known[name]
            outcome = Outcome(name, was.source, was.version, was.version)
            outcomes.append(outcome)
            try:
                if was.source not in sources:
                    sources[was.source] = _open(was.source, workdir / f"source{number}")
                change = _change(template, was, sources[was.source], to, outcome, workdir)
            except (PtgenError, OSError) as error:
                outcome.notes = str(error).splitlines()
                continue
            if change:
                changes.append(change)
        return outcomes, _put_in(template, changes)


def _taken(template: Path, name: str, release: Release, was: Origin | None) -> str | None:
    """Return why a recipe cannot be brought because of one of its name, None if there is none."""
    if not os.path.lexists(template / "recipes" / name):
        return None
    if was is None:
        return f"recipes/{name} is the template's own; rename it first, or leave {name} out"
    if same_place(was.source, release.address):
        return f"{name} was imported before, from {was.place}; run ptgen recipe update {name}"
    return f"{name} was imported from {was.place}; remove recipes/{name} first, or leave it out"


def _open(where: str, workdir: Path) -> Source | PtgenError:
    """Get a source, or the reason why it cannot be had, for every recipe that is from there."""
    try:
        return Source(where, workdir)
    except PtgenError as error:
        return PtgenError(f"{error}; if it has moved, change source in {RECORD}")


def _change(
    template: Path,
    was: Origin,
    origin: Source | PtgenError,
    to: str | None,
    outcome: Outcome,
    workdir: Path,
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
    if tree_digest(theirs) == was.digest:
        outcome.status = "current"
        if release.version != was.version:
            outcome.notes = [f"{name} is the same in both"]
            record = {**origins.read(template), name: release.origin(name)}
            admission.install(template, {}, record, ())
        return None
    outcome.after = was.version
    if tree_digest(mine) in (was.digest, tree_digest(theirs)):
        return Change(theirs, release, outcome, is_merged=False)
    base = _base(name, was, origin)
    merged = workdir / f"merged-{name}"
    admission.refuse_odd_files(mine, name)
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
    if not folder.is_dir() or tree_digest(folder) != was.digest:
        raise PtgenError(f"{why}: {was.place} holds another {name} than it did; {hint}")
    return folder


def _put_in(template: Path, changes: Sequence[Change]) -> list[str]:
    """Put newer recipes into a template: all at once, else those that fit by themselves.

    Returns:
        A line for each recipe that was not asked for.
    """
    if len(changes) > 1:
        with suppress(PtgenError, OSError):  # it is notes below, of the recipe that it is of
            return _put_together(template, changes)
    notes = []
    for change in changes:
        try:
            notes += _put_together(template, [change])
        except (PtgenError, OSError) as error:
            change.outcome.notes = str(error).splitlines()
    return notes


def _put_together(template: Path, changes: Sequence[Change]) -> list[str]:
    recipes = {change.outcome.name: change.folder for change in changes}
    homes = {change.outcome.name: change.release for change in changes}
    notes = _take(template, recipes, homes, set(recipes))
    for change in changes:
        change.outcome.after = change.release.version
        change.outcome.status = "merged" if change.is_merged else "updated"
    return notes


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
        homes: Where they are from, by name; those that are required are added.
        replaced: Names of those that are there and give way.

    Returns:
        A line for each recipe that was not asked for.

    Raises:
        PtgenError: If they do not fit. Then nothing has changed.
    """
    with scratch() as workdir:
        for name, folder in recipes.items():
            admission.copy(folder, workdir / "recipes" / name)
        notes = _complete(template, workdir, homes)
        staged = {name: workdir / "recipes" / name for name in homes}
        new = {name: release.origin(name) for name, release in homes.items()}
        record = {**origins.read(template), **new}
        if problems := admission.new_problems(template, staged, record):
            names = " and ".join(sorted(recipes))
            does = "does" if len(recipes) == 1 else "do"
            raise Problems(
                [f"{names} {does} not fit the template; nothing was imported:", *problems]
            )
        admission.install(template, staged, record, replaced)
    return notes


def _complete(template: Path, workdir: Path, homes: dict[str, Release]) -> list[str]:
    """Add the recipes that recipes need and the template lacks, from where those are from.

    Returns:
        A line for each.

    Raises:
        Problems: If one is nowhere, or if there is more than one way.
    """
    own = Template(template).valid_manifests
    notes: list[str] = []
    while True:
        chosen = [entry for entry in Template(workdir).valid_manifests if entry.name in homes]
        have = {entry.name for entry in own} | set(homes)
        have |= {entry.group for entry in (*own, *chosen) if entry.group}
        wanted = {need: entry.name for entry in chosen for need in entry.requires}
        missing = {need: name for need, name in sorted(wanted.items()) if need not in have}
        if not missing:
            return notes
        problems = []
        for need, name in missing.items():
            home = homes[name]
            if os.path.lexists(template / "recipes" / need):
                problems.append(f"{name} requires {need}, and recipes/{need} has no recipe.yml")
            elif need in home.names:
                admission.copy(home.recipe(need), workdir / "recipes" / need)
                homes[need] = home
                notes.append(f"also adding {need} (required by {name})")
            elif members := home.members(need):
                ways = ", ".join(members)
                problems.append(f"{name} needs one of {ways}: import one, too")
            else:
                problems.append(
                    f"{name} requires {need}, which neither the template nor {home.place} has"
                )
        if problems:
            raise Problems(problems)
