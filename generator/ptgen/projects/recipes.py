"""Adds recipes to a project and removes them, at the version of the template that it is at."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ptgen.base.errors import Problems
from ptgen.base.names import unknown
from ptgen.projects.existing import Project
from ptgen.projects.update import Change, prepare
from ptgen.templates import Catalogue, Versions
from ptgen.templates.catalogue import Facts

# Returns the recipes that a project is to have, of those that it has and some names.
Select = Callable[[Catalogue[Facts], Sequence[str], Sequence[str]], list[str]]


@dataclass(frozen=True)
class Recipes:
    """What a change of recipes does to a project.

    Attributes:
        change: What it does to the files.
        before: All recipes in the project before, with those that others require.
        after: All recipes in it afterwards.
        notes: Lines to tell.
    """

    change: Change
    before: list[str]
    after: list[str]
    notes: list[str]

    @property
    def added(self) -> list[str]:
        """The recipes that are new, sorted."""
        return sorted(set(self.after) - set(self.before))

    @property
    def removed(self) -> list[str]:
        """The recipes that are gone, sorted."""
        return sorted(set(self.before) - set(self.after))

    def as_dict(self) -> dict[str, Any]:
        """Return all of it for a program."""
        return {**self.change.as_dict(), "installed": self.after}


def prepare_recipes(
    project: Project, versions: Versions, select: Select, names: Sequence[str], workdir: Path
) -> Recipes:
    """Find out what it takes to give a project other recipes.

    Args:
        project: The project, all of it committed.
        versions: Its template.
        select: ``with_added`` or ``without_removed``.
        names: The recipes to add or to remove.
        workdir: A folder to work in.

    Raises:
        PtgenError: If it cannot be done.
    """
    commit = versions.commit(project.version())
    template = versions.checkout(commit, workdir / "template")
    catalogue = template.catalogue(project.task)
    recipes = select(catalogue, project.recipes, names)
    what = f"{'add' if select is with_added else 'remove'} {' '.join(names)}"
    answers = {"recipes": recipes}
    change = prepare(project, versions, template, template, commit, answers, what, workdir)
    before, after = catalogue.installed(project.recipes), catalogue.installed(recipes)
    notes = catalogue.notes(recipes, known=before)
    notes += [f"{name} is already there" for name in names if name in before and name in after]
    return Recipes(change, sorted(before), sorted(after), notes)


def with_added(_: Catalogue[Facts], recipes: Sequence[str], names: Sequence[str]) -> list[str]:
    """Return a project's recipes with others, sorted."""
    return sorted({*recipes, *names})


def without_removed(
    catalogue: Catalogue[Facts], recipes: Sequence[str], names: Sequence[str]
) -> list[str]:
    """Return a project's recipes without others, sorted.

    Raises:
        Problems: If one is not among them, or if one that stays requires it.
    """
    installed = catalogue.installed(recipes)
    problems = [
        str(unknown("recipe", name, installed)).replace("there is no", "the project has no")
        for name in names
        if name not in installed
    ]
    stay = sorted(set(recipes) - set(names))
    for name, owner in catalogue.requirers(stay, names).items():
        if owner == catalogue.task:
            problems.append(f"{owner} requires {name}; keep it")
        elif name in recipes:
            both = " ".join(sorted({*names, owner}))
            problems.append(f"{owner} requires {name}; to remove both: ptgen remove {both}")
        else:
            problems.append(f"{name} is there because {owner} requires it: ptgen remove {owner}")
    if problems:
        raise Problems(problems)
    return stay
