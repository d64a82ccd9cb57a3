"""The plan of ``ptgen smoke``: no possible pair is left out, and few variants are enough."""

import json
import math
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ptgen.base.errors import PtgenError
from ptgen.smoke.compatible import Compatible
from ptgen.smoke.covering import Names, choices, cover, uncovered
from ptgen.smoke.plan import Plan, Variant
from ptgen.templates import rules
from ptgen.templates.manifest import Manifest

from .conftest import Ptgen, Tiny
from .test_smoke import manifest, task

NAMES = [f"r{number}" for number in range(7)]


def everything(on: Names, _off: Names) -> Names:
    """Stands for rules that allow everything."""
    return on


@st.composite
def registries(draw: st.DrawFn) -> list[Manifest]:
    """Return a task and recipes with random rules."""
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, unique=True))
    groups = {name: draw(st.sampled_from([None, None, "schedule", "parallel"])) for name in names}
    apart = draw(st.lists(st.tuples(*[st.sampled_from(names)] * 2), max_size=3))
    needs = draw(st.lists(st.tuples(*[st.sampled_from(names)] * 2), max_size=3))
    wanted = draw(st.dictionaries(st.sampled_from(names), st.just("schedule"), max_size=1))
    found = [task("gan")]
    for name in names:
        rivals = {b if a == name else a for a, b in apart if name in (a, b) and a != b}
        requires = sorted({b for a, b in needs if a == name and a != b})
        if name in wanted and groups[name] != "schedule":
            requires.append("schedule")
        keys: dict[str, Any] = {"group": groups[name], "requires": requires}
        found.append(manifest(name, **keys, conflicts=dict.fromkeys(rivals, "they clash")))
    return found


def allowed(row: Names, registry: list[Manifest]) -> bool:
    """Tell whether a set is allowed, by the rules read one after the other."""
    chosen = [m for m in registry if m.name in row]
    for one, other in combinations(chosen, 2):
        if one.name in other.conflicts or (one.group and one.group == other.group):
            return False
    present = {m.name for m in chosen} | {m.group for m in chosen}
    return all(need in present for m in chosen for need in m.requires)


def subsets(names: list[str]) -> list[Names]:
    sizes = range(len(names) + 1)
    return [frozenset(row) for size in sizes for row in combinations(names, size)]


@given(registries())
@settings(deadline=None, max_examples=60)
def test_every_set_of_a_plan_is_allowed_and_every_possible_choice_is_made(
    registry: list[Manifest],
) -> None:
    compatible = Compatible("gan", registry)
    rows = cover(compatible.names, compatible.complete)
    assert all(allowed(row, registry) for row in rows)
    names = [m.name for m in registry if m.is_recipe]
    possible = [row for row in subsets(names) if allowed(row, registry)]
    for on, off in choices(compatible.names, 2):
        # Of a required group the first that fits is taken, so that some choices are not looked for.
        if compatible.complete(on, off) is not None:
            assert any(on <= row and not off & row for row in possible)
            assert any(on <= row and not off & row for row in rows)


@given(registries())
@settings(deadline=None, max_examples=60)
def test_what_is_completed_is_the_least_that_is_allowed(registry: list[Manifest]) -> None:
    compatible = Compatible("gan", registry)
    names = [m.name for m in registry if m.is_recipe]
    for on in subsets(names)[: 2 ** min(len(names), 5)]:
        found = compatible.complete(on)
        fitting = [row for row in subsets(names) if on <= row and allowed(row, registry)]
        if found is None:
            assert not fitting
        else:
            assert found in fitting
            assert not any(row < found for row in fitting)


@pytest.mark.parametrize(("count", "fewest"), [(2, 4), (10, 6), (20, 8), (40, 9), (80, 10)])
def test_without_rules_pairs_take_the_fewest_sets_there_can_be(count: int, fewest: int) -> None:
    names = [f"r{number:03}" for number in range(count)]
    rows = cover(names, everything)
    assert len(rows) == fewest
    assert uncovered(rows, names, everything, 2) == []


@pytest.mark.parametrize(("count", "most"), [(3, 8), (8, 14), (16, 24)])
def test_all_threes_are_covered_by_few_sets(count: int, most: int) -> None:
    names = [f"r{number:02}" for number in range(count)]
    rows = cover(names, everything, strength=3)
    assert len(rows) <= most
    for three in combinations(names, 3):
        made = {tuple(name in row for name in three) for row in rows}
        assert len(made) == 8


def test_what_is_missing_from_an_array_is_found() -> None:
    rows = cover(NAMES, everything)
    for number in range(len(rows)):
        assert uncovered(rows[:number] + rows[number + 1 :], NAMES, everything, 2)


def test_the_number_of_variants_grows_with_the_logarithm() -> None:
    sizes = {n: len(cover([f"r{k:03}" for k in range(n)], everything)) for n in (10, 40, 160)}
    assert sizes[160] - sizes[40] <= sizes[40] - sizes[10] + 1
    assert sizes[160] <= 2 * math.log2(160)


def test_a_plan_that_misses_something_is_refused() -> None:
    plan = Plan.of([task("gan"), manifest("a"), manifest("b")])
    short = [v for v in plan.variants if set(v.recipes) != {"a", "b"}]
    with pytest.raises(PtgenError, match="the plan has no variant of gan with a, b"):
        Plan(plan.tasks, short, 2).verify()
    without = [v for v in plan.variants if v.recipes != ("a",)]
    with pytest.raises(PtgenError, match="the plan has no variant of gan with a without b"):
        Plan(plan.tasks, without, 2).verify()


def test_pairs_name_the_variants_that_have_both() -> None:
    registry = [task("gan"), *(manifest(name) for name in "abcd")]
    plan = Plan.of(registry)
    assert [pair["recipes"] for pair in plan.pairs] == [list(p) for p in combinations("abcd", 2)]
    for pair in plan.pairs:
        found = [n for n, v in enumerate(plan.variants) if set(pair["recipes"]) <= set(v.recipes)]
        assert pair["variants"] == found != []


# The command.


@pytest.fixture
def registry(tiny: Tiny) -> Path:
    """A template in which some recipes cannot meet."""
    for name in ("ema", "mixup"):
        tiny.recipe(name)
    tiny.recipe("cosine", group="schedule")
    tiny.recipe("plateau", group="schedule")
    tiny.recipe("sync-bn", requires=["mixup"], conflicts={"ema": "both copy the statistics"})
    tiny.edit(
        "recipes/ema/recipe.yml", "status: stable", "conflicts: {sync-bn: why}\nstatus: stable"
    )
    return tiny.folder


def test_the_plan_as_json_says_what_covers_each_pair_and_why_others_cannot_be(
    ptgen: Ptgen, registry: Path
) -> None:
    plan = json.loads(ptgen("smoke", "--plan", "--json", "--template", registry).stdout)
    assert plan.keys() == {"variants", "pairs", "infeasible"}
    for pair in plan["pairs"]:
        assert pair["variants"]
        for number in pair["variants"]:
            assert set(pair["recipes"]) <= set(plan["variants"][number]["recipes"])
    for variant in plan["variants"]:
        assert rules.problems(registry, variant) == []
    reasons = {tuple(one["recipes"]): one["reason"] for one in plan["infeasible"]}
    assert reasons.keys() == {("cosine", "plateau"), ("ema", "sync-bn")}
    assert 'both in the group "schedule"' in reasons["cosine", "plateau"]
    assert "cannot be combined" in reasons["ema", "sync-bn"]
    names = ["cosine", "ema", "mixup", "plateau", "sync-bn"]
    assert len(plan["pairs"]) + len(reasons) == len(list(combinations(names, 2)))


def test_the_plan_as_text_is_a_line_a_variant(ptgen: Ptgen, registry: Path) -> None:
    lines = ptgen("smoke", "--plan", "--template", registry).stdout.splitlines()
    assert lines[0] == "sorting bare"
    assert "sorting sync-bn,mixup" in lines
    assert len(lines) == len(set(lines))


def test_parts_make_up_the_plan(ptgen: Ptgen, registry: Path) -> None:
    def planned(*options: str) -> list[str]:
        return ptgen("smoke", "--plan", *options, "--template", registry).stdout.splitlines()

    parts = [planned("--shard", f"{number}/3") for number in (1, 2, 3)]
    assert {line for part in parts for line in part} == set(planned())
    assert all(part[0] == "sorting bare" for part in parts)  # what recipes are compared with
    others = [line for part in parts for line in part[1:]]
    assert len(others) == len(set(others))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--shard", "4/3"], "--shard 4/3: expected I/N with 1 <= I <= N, such as 1/3"),
        (["--times", "none.json"], "none.json cannot be read: No such file or directory"),
        (["--cache", "copier.yml/x"], "--cache copier.yml/x cannot be written"),
        (["--report", "copier.yml/x"], "--report copier.yml/x cannot be written"),
        (["--cache", "c", "--no-cache"], "--cache and --no-cache were both given"),
        (["mixupp"], 'there is no recipe "mixupp"; did you mean mixup?'),
        (["--device", "cuda"], "PyTorch finds no GPU here; leave --device out"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_tried(
    arguments: list[str], said: str, ptgen: Ptgen, registry: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(registry)
    monkeypatch.setattr("ptgen.smoke.environment._has_gpu", lambda: False)
    result = ptgen("smoke", *arguments, "--template", registry, status=1)
    assert said in result.stderr
    assert "importing torch" not in result.stderr


def test_a_variant_says_what_it_is() -> None:
    assert str(Variant("gan", ("a", "b"))) == "gan a,b"
    assert str(Variant("gan")) == "gan bare"
