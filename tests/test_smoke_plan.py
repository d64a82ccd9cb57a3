"""The plan of ``ptgen smoke``: no possible pair is left out, and few variants are enough."""

import json
import math
import random
from dataclasses import dataclass, replace
from itertools import combinations, product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ptgen.base.errors import PtgenError
from ptgen.smoke.covering import Choice, Names, Row, choices, cover, uncovered
from ptgen.smoke.plan import Plan, Variant
from ptgen.templates import Catalogue, Template
from ptgen.templates.manifest import Manifest

from .conftest import Ptgen, Tiny
from .test_smoke import manifest, task

NAMES = [f"r{number}" for number in range(7)]
TASKS = ["gan", "video", "text"]


@dataclass(frozen=True)
class Free:
    """A task whose recipes have no rules."""

    names: list[str]
    task: str = "gan"

    def complete(self, on: Names, _off: Names = frozenset()) -> Names | None:
        """Return what is wanted."""
        return on


@st.composite
def registries(draw: st.DrawFn) -> list[Manifest]:
    """Return tasks and recipes with random rules."""
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, unique=True))
    tasks = draw(st.lists(st.sampled_from(TASKS), min_size=1, unique=True))
    groups = {name: draw(st.sampled_from([None, None, "schedule", "parallel"])) for name in names}
    apart = draw(st.lists(st.tuples(*[st.sampled_from(names)] * 2), max_size=3))
    needs = draw(st.lists(st.tuples(*[st.sampled_from(names)] * 2), max_size=3))
    wanted = draw(st.dictionaries(st.sampled_from(names), st.just("schedule"), max_size=1))
    found = [task(name) for name in tasks]
    for name in names:
        rivals = {b if a == name else a for a, b in apart if name in (a, b) and a != b}
        requires = sorted({b for a, b in needs if a == name and a != b})
        if name in wanted and groups[name] != "schedule":
            requires.append("schedule")
        keys: dict[str, Any] = {"group": groups[name], "requires": requires}
        if draw(st.booleans()):
            keys["tasks"] = draw(st.lists(st.sampled_from(tasks), min_size=1, unique=True))
        found.append(manifest(name, **keys, conflicts=dict.fromkeys(rivals, "they clash")))
    return found


def allowed(row: Names, of: str, registry: list[Manifest]) -> bool:
    """Tell whether a set is allowed on a task, by the rules read one after the other."""
    chosen = [m for m in registry if m.name in row]
    for one, other in combinations(chosen, 2):
        if one.name in other.conflicts or (one.group and one.group == other.group):
            return False
    present = {m.name for m in chosen} | {m.group for m in chosen}
    needs = all(need in present for m in chosen for need in m.requires)
    return needs and all(m.applies_to(of) for m in chosen)


def subsets(names: list[str]) -> list[Names]:
    sizes = range(len(names) + 1)
    return [frozenset(row) for size in sizes for row in combinations(names, size)]


def tasks_of(registry: list[Manifest]) -> list[Catalogue[Manifest]]:
    return [Catalogue(m.name, registry) for m in registry if m.is_task]


@given(registries(), st.booleans())
@settings(deadline=None, max_examples=60)
def test_every_row_is_allowed_and_every_possible_pair_is_made(
    registry: list[Manifest], per_task: bool
) -> None:
    """The proof over the rules themselves, which knows nothing of how the rows were made."""
    tasks = tasks_of(registry)
    rows = cover(tasks, per_task=per_task)
    assert all(allowed(row.recipes, row.task, registry) for row in rows)
    names = [m.name for m in registry if m.is_recipe]
    possible = {
        one.task: [row for row in subsets(names) if allowed(row, one.task, registry)]
        for one in tasks
    }

    def made(on: Names, off: Names, of: list[str]) -> bool:
        return any(t in of and on <= row and not off & row for t, row in rows)

    everywhere = [[one.task] for one in tasks]
    for pair in combinations(names, 2):
        for of in everywhere if per_task else [list(possible)]:
            if any(frozenset(pair) <= row for t in of for row in possible[t]):
                assert made(frozenset(pair), frozenset(), of)
        for on, off in (pair, pair[::-1]):
            # Of a required group the first that fits is taken: some choices are not looked for.
            if any(one.complete(frozenset([on]), frozenset([off])) for one in tasks):
                assert made(frozenset([on]), frozenset([off]), list(possible))
    for one in tasks:
        for name in names:
            if any(name in row for row in possible[one.task]):
                assert made(frozenset([name]), frozenset(), [one.task])


@given(registries())
@settings(deadline=None, max_examples=60)
def test_what_is_completed_is_the_least_that_is_allowed(registry: list[Manifest]) -> None:
    names = [m.name for m in registry if m.is_recipe]
    for compatible in tasks_of(registry):
        for on in subsets(names)[: 2 ** min(len(names), 5)]:
            found = compatible.complete(on)
            rows = [row for row in subsets(names) if allowed(row, compatible.task, registry)]
            fitting = [row for row in rows if on <= row]
            if found is None:
                assert not fitting
            else:
                assert found in fitting
                assert not any(row < found for row in fitting)


@pytest.mark.parametrize(("count", "fewest"), [(2, 4), (10, 6), (20, 8), (40, 9), (80, 10)])
def test_without_rules_pairs_take_the_fewest_rows_there_can_be(count: int, fewest: int) -> None:
    free = Free([f"r{number:03}" for number in range(count)])
    rows = cover([free])
    assert len(rows) == fewest
    assert uncovered(rows, choices([free], 2)) == []


@pytest.mark.parametrize(("count", "most"), [(3, 8), (8, 14), (16, 24)])
def test_all_threes_are_covered_by_few_rows(count: int, most: int) -> None:
    names = [f"r{number:02}" for number in range(count)]
    rows = cover([Free(names)], strength=3)
    assert len(rows) <= most
    for three in combinations(names, 3):
        made = {tuple(name in row.recipes for name in three) for row in rows}
        assert len(made) == 8


def test_with_the_task_as_a_factor_strength_3_has_every_pair_on_every_task() -> None:
    tasks = [Free(NAMES, name) for name in TASKS]
    rows = cover(tasks, strength=3)
    for name, pair in product(TASKS, combinations(NAMES, 2)):
        assert any(row.task == name and set(pair) <= row.recipes for row in rows)
    for three in combinations(NAMES, 3):
        assert any(set(three) <= row.recipes for row in rows)


def test_what_is_free_is_trained_on_the_first_task() -> None:
    tasks = [Free([f"r{number:02}" for number in range(30)], name) for name in TASKS]
    rows = cover(tasks)
    slower = [row for row in rows if row.task != "gan"]
    assert len(slower) == 4  # for each, all recipes on and all off
    assert len(rows) - len(slower) > 4


def test_given_rows_are_not_made_again() -> None:
    tasks = [Free(NAMES, name) for name in TASKS]
    rows = cover(tasks)
    assert cover(tasks, given=rows) == []
    assert len(cover(tasks, given=[Row(name, frozenset()) for name in TASKS])) < len(rows)


def test_whatever_row_is_left_out_its_choices_are_missing() -> None:
    """A hole in an array is found, wherever it is."""
    tasks = [Free(NAMES, name) for name in TASKS]
    wanted, rows = choices(tasks, 2), cover(tasks)
    assert uncovered(rows, wanted) == []
    for number in range(len(rows)):
        assert uncovered(rows[:number] + rows[number + 1 :], wanted)


def test_whatever_pair_is_torn_apart_is_missing() -> None:
    tasks = [Free(NAMES, name) for name in TASKS]
    wanted, rows = choices(tasks, 2), cover(tasks)
    chance = random.Random(0)
    for pair in map(frozenset, combinations(NAMES, 2)):
        torn = [
            Row(row.task, row.recipes - {chance.choice(sorted(pair))})
            if pair <= row.recipes
            else row
            for row in rows
        ]
        assert Choice(pair, frozenset(), frozenset(TASKS)) in uncovered(torn, wanted)


def test_the_number_of_variants_grows_with_the_logarithm() -> None:
    sizes = {n: len(cover([Free([f"r{k:03}" for k in range(n)])])) for n in (10, 40, 160)}
    assert sizes[160] - sizes[40] <= sizes[40] - sizes[10] + 1
    assert sizes[160] <= 2 * math.log2(160)


REGISTRY = [task("gan"), task("video"), *(manifest(name) for name in "abcd")]


@pytest.mark.parametrize("per_task", [False, True])
def test_a_plan_that_misses_something_is_refused(per_task: bool) -> None:
    plan = Plan.of(REGISTRY, per_task=per_task)
    plan.verify()
    for number, left_out in enumerate(plan.variants):
        rest = [*plan.variants[:number], *plan.variants[number + 1 :]]
        # As many recipes as go together are there for their tests, not for their pairs.
        if left_out.recipes != tuple("abcd"):
            with pytest.raises(PtgenError, match="the plan has no variant of"):
                replace(plan, variants=rest).verify()


def test_a_plan_that_only_looks_at_a_pair_is_refused() -> None:
    plan = Plan.of([task("gan"), manifest("a"), manifest("b")])
    lazy = [replace(v, extent="static") if len(v.recipes) > 1 else v for v in plan.variants]
    with pytest.raises(PtgenError, match="the plan has no variant of gan with a, b: this is"):
        replace(plan, variants=lazy).verify()


def test_a_plan_that_does_not_train_a_recipe_alone_is_refused() -> None:
    plan = Plan.of(REGISTRY)
    lazy = [replace(v, extent="static") if v.extent == "brief" else v for v in plan.variants]
    with pytest.raises(PtgenError, match="no variant of gan with a and nothing else"):
        replace(plan, variants=lazy).verify()


def test_a_recipe_alone_is_trained_on_its_first_task_and_looked_at_on_the_others() -> None:
    alone = {
        (one.task, one.recipes): one.extent
        for one in Plan.of([*REGISTRY, manifest("v", tasks=["video"])]).variants
        if len(one.recipes) == 1
    }
    for name in "abcd":
        assert alone["gan", (name,)] in ("brief", "full")
        assert alone["video", (name,)] in ("static", "full")
    assert alone["video", ("v",)] in ("brief", "full")


def test_the_task_with_the_fewest_epochs_comes_first() -> None:
    floor = {"metric": "val_accuracy", "at_least": 0.9, "epochs": 9}
    slow = manifest("a-slow", kind="task", category="task", tasks=["a-slow"], floor=floor)
    assert [one.task for one in Plan.of([slow, *REGISTRY]).tasks] == ["gan", "video", "a-slow"]


def test_pairs_name_the_variants_that_train_both() -> None:
    plan = Plan.of(REGISTRY)
    assert [pair["recipes"] for pair in plan.pairs] == [list(p) for p in combinations("abcd", 2)]
    for pair in plan.pairs:
        both = [set(pair["recipes"]) <= set(v.recipes) for v in plan.variants]
        found = [n for n, v in enumerate(plan.variants) if both[n] and v.extent == "full"]
        assert pair["variants"] == found != []
        assert pair["tasks"] == ["gan", "video"]


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
    template = Template(registry)
    for variant in plan["variants"]:
        answers = {"task": variant["task"], "recipes": variant["recipes"]}
        assert template.problems(answers) == []
    reasons = {tuple(one["recipes"]): one["reason"] for one in plan["infeasible"]}
    assert reasons.keys() == {("cosine", "plateau"), ("ema", "sync-bn")}
    assert 'both in the group "schedule"' in reasons["cosine", "plateau"]
    assert "cannot be combined" in reasons["ema", "sync-bn"]
    assert {variant["extent"] for variant in plan["variants"]} == {"brief", "full"}
    names = ["cosine", "ema", "mixup", "plateau", "sync-bn"]
    assert len(plan["pairs"]) + len(reasons) == len(list(combinations(names, 2)))


def test_the_plan_as_text_is_a_line_a_variant(ptgen: Ptgen, registry: Path) -> None:
    lines = ptgen("smoke", "--plan", "--template", registry).stdout.splitlines()
    assert lines[0] == "full    sorting bare"
    assert "brief   sorting sync-bn,mixup" in lines
    assert len(lines) == len(set(lines))


def test_parts_make_up_the_plan(ptgen: Ptgen, registry: Path) -> None:
    def planned(*options: str) -> list[str]:
        return ptgen("smoke", "--plan", *options, "--template", registry).stdout.splitlines()

    parts = [planned("--shard", f"{number}/3") for number in (1, 2, 3)]
    assert {line for part in parts for line in part} == set(planned())
    assert all(
        part[0] == "full    sorting bare" for part in parts
    )  # what recipes are compared with
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
        (["--project", "."], "holds no project: there is no .copier-answers.yml"),
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


@pytest.mark.parametrize(
    ("recipes", "said"),
    [
        ("mixup", ".copier-answers.yml:4: recipes: 'mixup' is not a list of names"),
        ("[mixup, nova]", 'there is no recipe "nova"; list them: ptgen list'),
        ("[mixup, nova]", "if the project is of another template, name it with --template"),
    ],
)
def test_answers_of_a_project_that_do_not_fit_are_refused(
    ptgen: Ptgen, registry: Path, recipes: str, said: str
) -> None:
    text = f"project_name: one\npackage: one\ntask: sorting\nrecipes: {recipes}\n"
    Path(".copier-answers.yml").write_text(text)
    assert said in ptgen("smoke", "--project", ".", "--template", registry, status=1).stderr
