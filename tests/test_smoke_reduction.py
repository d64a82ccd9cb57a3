"""What ``ptgen smoke`` reduces a variant that fails to."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ptgen.smoke.covering import Names
from ptgen.smoke.reduction import reduce
from ptgen.templates import Catalogue
from ptgen.templates.manifest import Manifest

TASK = "sorting"
ALL = tuple("abcdefg")
NONE: Names = frozenset()


def recipe(name: str, **keys: Any) -> Manifest:
    facts = {"kind": "recipe", "summary": "It.", "category": "training", "status": "stable"}
    return Manifest.model_validate({"name": name, "tasks": "all", **facts, **keys})


@dataclass
class Trial:
    """Tries sets, and keeps the rounds in which it did.

    Attributes:
        fails: Whether a set fails.
        rounds: The sets that were tried, side by side and one round after the other.
    """

    fails: Callable[[Names], bool]
    rounds: list[list[Names]] = field(default_factory=list)

    def __call__(self, sets: Sequence[Names]) -> list[bool]:
        self.rounds.append(list(sets))
        return [self.fails(one) for one in sets]

    @property
    def tried(self) -> list[Names]:
        return [one for sets in self.rounds for one in sets]


def free(names: Sequence[str]) -> Catalogue[Manifest]:
    """Return recipes without rules."""
    return Catalogue(TASK, [recipe(name) for name in names])


def reduced(
    names: str, fails: Callable[[Names], bool], known: Mapping[Names, bool] | None = None
) -> tuple[str, list[Names]]:
    """Return what recipes without rules are reduced to, and the sets that were tried."""
    trial = Trial(fails)
    found = reduce(frozenset(names), free(names).complete, trial, known or {})
    return "".join(sorted(found)), trial.tried


def subsets(names: Names) -> Iterator[Names]:
    for size in range(len(names) + 1):
        yield from map(frozenset, combinations(sorted(names), size))


def allowed(names: Names, rules: Catalogue[Manifest]) -> bool:
    """Tell, from the manifests alone, whether a subset of a sound project is sound."""
    having = {name: {name, rules.recipes[name].group} for name in names}
    return all(
        any(need in one for one in having.values())
        for name in names
        for need in rules.recipes[name].requires
    )


def largest(names: Names, rules: Catalogue[Manifest]) -> Names:
    """Return what stays of names when those go whose requirements are not among them."""
    return NONE.union(*(one for one in subsets(names) if allowed(one, rules)))


@st.composite
def rules_and_recipes(draw: st.DrawFn) -> tuple[Catalogue[Manifest], Names]:
    """Recipes that require earlier ones or a group, and a large set that is allowed."""
    manifests = [recipe("x-one", group="rate"), recipe("x-two", group="rate")]
    for number, name in enumerate(ALL):
        needs = st.lists(st.sampled_from([*ALL[:number], "rate"]), unique=True, max_size=2)
        manifests.append(recipe(name, requires=draw(needs)))
    rules = Catalogue(TASK, manifests)
    rows = rules.complete(frozenset([draw(st.sampled_from(["x-one", "x-two"]))])) or NONE
    for name in draw(st.permutations(rules.names)):
        rows = rules.complete(rows | {name}) or rows if draw(st.integers(0, 4)) else rows
    return rules, rows


culprits = st.sets(st.sampled_from(ALL), max_size=4).map(frozenset)


def assert_reduced(found: Names, recipes: Names, rules: Catalogue[Manifest], trial: Trial) -> None:
    """See that a set fails, is allowed, and that without any recipe the rest passes."""
    assert found <= recipes
    assert found == recipes or trial.fails(found)
    assert allowed(found, rules)
    for name in found:
        assert not trial.fails(largest(found - {name}, rules)), name
    assert len(trial.tried) == len(set(trial.tried))
    assert recipes not in trial.tried
    assert all(one <= recipes and allowed(one, rules) for one in trial.tried)
    assert all(trial.rounds)


@settings(deadline=None)
@given(drawn=rules_and_recipes(), groups=st.lists(culprits, min_size=1, max_size=3))
def test_what_fails_with_any_of_some_groups_is_reduced(
    drawn: tuple[Catalogue[Manifest], Names], groups: list[Names]
) -> None:
    rules, recipes = drawn
    trial = Trial(lambda one: any(group <= one for group in groups) or one == recipes)
    assert_reduced(reduce(recipes, rules.complete, trial, {}), recipes, rules, trial)


@settings(deadline=None)
@given(drawn=rules_and_recipes(), data=st.data())
def test_what_fails_at_random_is_reduced(
    drawn: tuple[Catalogue[Manifest], Names], data: st.DataObject
) -> None:
    rules, recipes = drawn
    possible = [one for one in subsets(recipes) if allowed(one, rules)]
    failing = data.draw(st.sets(st.sampled_from(possible))) | {recipes}
    trial = Trial(lambda one: one in failing)
    assert_reduced(reduce(recipes, rules.complete, trial, {}), recipes, rules, trial)


@settings(deadline=None)
@given(drawn=rules_and_recipes(), data=st.data())
def test_what_is_known_is_not_tried_again(
    drawn: tuple[Catalogue[Manifest], Names], data: st.DataObject
) -> None:
    rules, recipes = drawn
    possible = [one for one in subsets(recipes) if allowed(one, rules)]
    failing = data.draw(st.sets(st.sampled_from(possible))) | {recipes}
    trial = Trial(lambda one: one in failing)
    known = {one: one in failing for one in data.draw(st.sets(st.sampled_from(possible)))}
    found = reduce(recipes, rules.complete, trial, known)
    assert_reduced(found, recipes, rules, trial)
    assert not known.keys() & set(trial.tried)
    smallest = min((len(one) for one, fails in known.items() if fails), default=len(recipes))
    assert len(found) <= smallest


@settings(deadline=None)
@given(data=st.data(), count=st.integers(1, 40))
def test_few_sets_are_tried(data: st.DataObject, count: int) -> None:
    names = [f"r{number}" for number in range(count)]
    guilty = data.draw(st.sets(st.sampled_from(names), min_size=1, max_size=5).map(frozenset))
    trial = Trial(lambda one: guilty <= one)
    assert reduce(frozenset(names), free(names).complete, trial, {}) == guilty
    halvings = math.ceil(math.log2(count))
    assert len(trial.tried) <= count + 2 * len(guilty) * halvings + 1
    assert len(trial.rounds) <= 2 * halvings + 2


def test_one_of_many_is_found_by_halving() -> None:
    found, tried = reduced("abcdefgh", lambda one: "f" in one)
    assert found == "f"
    assert tried == [frozenset(text) for text in ("", "efgh", "abcd", "gh", "ef", "f", "e")]


def test_a_round_is_tried_side_by_side() -> None:
    trial = Trial(lambda one: {"a", "c"} <= one)
    reduce(frozenset("abcd"), free("abcd").complete, trial, {})
    first = [frozenset(text) for text in ("", "cd", "ab")]
    second = [frozenset(text) for text in ("bcd", "acd", "abd", "abc")]
    assert trial.rounds[:3] == [first, second, [frozenset("ac")]]


def test_a_task_that_fails_bare_has_no_guilty_recipe() -> None:
    found, tried = reduced("abcdefgh", lambda _: True)
    assert found == ""
    assert len(tried) <= 3


def test_bare_that_is_known_to_pass_is_not_tried() -> None:
    found, tried = reduced("a", lambda _: True, {NONE: False})
    assert (found, tried) == ("a", [])


def test_known_subsets_that_fail_are_the_start() -> None:
    known = {frozenset("ab"): True, frozenset("abc"): True, frozenset("x"): True, NONE: False}
    found, tried = reduced("abcdefgh", lambda one: {"a", "b"} <= one, known)
    assert found == "ab"
    assert tried == [frozenset("b"), frozenset("a")]


def test_recipes_go_with_those_that_require_them() -> None:
    rules = Catalogue(TASK, [recipe("a"), recipe("b", requires=["a"]), recipe("c")])
    trial = Trial(lambda one: "b" in one)
    assert reduce(frozenset("abc"), rules.complete, trial, {}) == frozenset("ab")
    assert all("a" in one for one in trial.tried if "b" in one)


def test_of_a_group_the_recipe_that_was_there_stays() -> None:
    rates = [recipe(name, group="rate") for name in ("cosine", "step")]
    rules = Catalogue(TASK, [*rates, recipe("a", requires=["rate"]), recipe("b")])
    trial = Trial(lambda one: "a" in one)
    found = reduce(frozenset(["a", "b", "step"]), rules.complete, trial, {})
    assert found == {"a", "step"}


def test_a_recipe_stays_whose_group_comes_after_it_when_others_go() -> None:
    rates = [recipe(name, group="rate") for name in ("cosine", "step")]
    others = [recipe("b"), recipe("c", requires=["b"])]
    rules = Catalogue(TASK, [*rates, recipe("a", requires=["rate"]), *others])
    trial = Trial(lambda one: "a" in one and ("b" in one) == ("c" in one))
    found = reduce(frozenset(["a", "b", "c", "step"]), rules.complete, trial, {})
    assert found == {"a", "step"}


def test_recipes_that_require_each_others_group_stay_together() -> None:
    first = [recipe("a", group="g"), recipe("b", group="h")]  # which complete would take
    one, other = recipe("m", group="g", requires=["h"]), recipe("n", group="h", requires=["g"])
    rules = Catalogue(TASK, [*first, one, other, recipe("o")])
    trial = Trial(lambda recipes: "m" in recipes)
    assert reduce(frozenset("mno"), rules.complete, trial, {}) == frozenset("mn")
