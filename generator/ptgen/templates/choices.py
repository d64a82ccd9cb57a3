"""Sets of recipes: what comes along, what is needed by what, and what is called otherwise now."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ptgen.base.errors import Problems
from ptgen.base.names import unknown
from ptgen.templates import registry

WITHDRAWN = "recipes/withdrawn.yml"
Facts = Mapping[str, Any]


@dataclass(frozen=True)
class Catalogue:
    """The recipes of a template, as their manifests say.

    Attributes:
        recipes: The facts of each, tasks among them.
        withdrawn: Names of recipes that were there once, with the reason.
    """

    recipes: Mapping[str, Facts]
    withdrawn: Mapping[str, str]

    @classmethod
    def read(cls, template: Path) -> "Catalogue":
        """Read the manifests of a template, of whatever version of ptgen it is."""
        found = [document.data for document in registry.read(template)]
        recipes = {facts["name"]: facts for facts in found if isinstance(facts, dict)}
        return cls(recipes, withdrawn(template))

    def complete(self, names: Iterable[str]) -> tuple[list[str], list[str]]:
        """Return recipes with those that they require, sorted, and a line for each that came along.

        Of a required group none is chosen: there is more than one way.
        """
        chosen, told = set(names), list[str]()
        todo = sorted(chosen)
        while todo:
            name = todo.pop(0)
            for need in self.recipes.get(name, {}).get("requires") or []:
                if need in self.recipes and need not in chosen:
                    chosen.add(need)
                    todo.append(need)
                    told.append(f"{need} comes along: {name} needs it")
        return sorted(chosen), told

    def without(self, names: Sequence[str], removed: Sequence[str]) -> list[str]:
        """Return recipes without some of them, sorted.

        Raises:
            Problems: If one is not among them, or if one that stays needs it.
        """
        problems = [
            str(unknown("recipe", name, names)).replace("there is no", "the project has no")
            for name in removed
            if name not in names
        ]
        stay = sorted(set(names) - set(removed))
        for name in stay:
            for need in self.recipes.get(name, {}).get("requires") or []:
                fits = {n for n in names if n == need or self._group(n) == need}
                if fits and fits <= set(removed):
                    both = " ".join(sorted({*removed, name}))
                    gone = " and ".join(sorted(fits))
                    problems.append(
                        f"{name} needs {gone}; remove both, ptgen remove {both}, or neither"
                    )
        if problems:
            raise Problems(problems)
        return stay

    def renamed(self, names: Iterable[str]) -> tuple[list[str], list[str]]:
        """Return recipes by the names they have now, sorted, and a line for each that has another.

        Raises:
            Problems: For each that is not there any more, with the reason where there is one.
        """
        now = {
            old: name for name, facts in self.recipes.items() for old in facts.get("formerly") or []
        }
        chosen, told, problems = set[str](), list[str](), list[str]()
        for name in names:
            if name in self.recipes:
                chosen.add(name)
            elif name in now:
                chosen.add(now[name])
                told.append(f"{name} is called {now[name]} now")
            else:
                reason = self.withdrawn.get(name, "nothing there says why")
                problems.append(
                    f"{name} is not in that version of the template: {reason}; "
                    f"first: ptgen remove {name}"
                )
        if problems:
            raise Problems(problems)
        return sorted(chosen), told

    def _group(self, name: str) -> str | None:
        return self.recipes.get(name, {}).get("group")


def withdrawn(template: Path) -> dict[str, str]:
    """Return the names of recipes that a template had once, each with why it has not any more.

    Raises:
        Problems: With all that is wrong with the file.
    """
    if not (template / WITHDRAWN).is_file():
        return {}
    document = registry.read_file(template / WITHDRAWN, WITHDRAWN)
    if not isinstance(document.data or {}, dict):
        raise Problems([f"{document.where()}: expected a mapping, such as mixup: cutmix is better"])
    reasons = document.data or {}
    mistakes = []
    for name, reason in reasons.items():
        if not isinstance(reason, str) or not reason.strip() or "\n" in reason.strip():
            mistakes.append(f"{document.where(name)}: {name}: expected why, in a line of text")
    if mistakes:
        raise Problems(mistakes)
    return {name: reason.strip() for name, reason in reasons.items()}
