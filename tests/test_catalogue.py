"""Which recipes go together: ``Catalogue`` and the rules that Copier applies agree."""

from collections.abc import Iterator
from itertools import combinations
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import FileSystemLoader
from jinja2.sandbox import SandboxedEnvironment

from ptgen.templates.catalogue import Catalogue, Facts, Names

from .conftest import ROOT

TASKS = ["gan", "video"]
RECIPES = ["a", "b", "c", "d", "e"]
PARTS = ["p", "q", "s"]
GROUPS = ["data", "schedule"]
Registry = list[dict[str, Any]]


def entry(name: str, kind: str = "recipe", **keys: Any) -> dict[str, Any]:
    """Return a manifest, as far as the rules look at it."""
    return {"name": name, "kind": kind, "summary": name, "tasks": "all"} | keys


def task(name: str) -> dict[str, Any]:
    return entry(name, "task", tasks=[name])


@st.composite
def registries(draw: st.DrawFn) -> Registry:
    """Return two tasks, and recipes and parts with random relations."""
    names = draw(st.lists(st.sampled_from(RECIPES), min_size=1, unique=True))
    parts = draw(st.lists(st.sampled_from(PARTS), unique=True))
    scopes = st.sampled_from(["all", "all", ["gan"], ["video"]])
    needs = st.lists(st.sampled_from([*names, *parts, *GROUPS]), max_size=2, unique=True)
    apart = draw(st.lists(st.tuples(*[st.sampled_from([*names, *parts])] * 2), max_size=2))
    found = [task(name) for name in TASKS]
    left: list[str | None] = [None, *GROUPS]  # a group has one default: ptgen check sees to it
    for name in [*names, *parts]:
        keys: dict[str, Any] = {
            "tasks": draw(scopes),
            "requires": [one for one in draw(needs) if one != name],
        }
        if name in parts:
            keys |= {"kind": "part", "default_of": draw(st.sampled_from(left))}
            left = [one for one in left if one is None or one != keys["default_of"]]
        else:
            keys["group"] = draw(st.sampled_from([None, None, *GROUPS]))
        keys["conflicts"] = {b: "they clash" for a, b in apart if a == name != b}
        found.append(entry(name, **keys))
    return found


def subsets(names: list[str]) -> Iterator[list[str]]:
    for size in range(len(names) + 1):
        yield from map(list, combinations(names, size))


ENVIRONMENT = SandboxedEnvironment(
    loader=FileSystemLoader(ROOT), trim_blocks=True, lstrip_blocks=True, auto_reload=False
)
ENVIRONMENT.filters["from_yaml"] = yaml.safe_load


def rendered(path: str, registry: Registry, task: str, recipes: list[str]) -> str:
    """Return what a file of composition/ makes of a choice."""
    context = {"registry": registry, "task": task, "recipes": recipes, "question": "recipes"}
    return ENVIRONMENT.get_template(f"composition/{path}").render(context)


def closed_by_jinja(registry: Registry, task: str, recipes: list[str]) -> list[str]:
    names: list[str] = yaml.safe_load(rendered("chosen.jinja", registry, task, recipes))
    return names


def problems_by_jinja(registry: Registry, task: str, recipes: list[str]) -> list[str]:
    text = rendered("problems.jinja", registry, task, recipes)
    return [line for line in text.splitlines() if line.strip()]


def catalogue(registry: Registry, task: str = "gan") -> Catalogue[Facts]:
    return Catalogue(task, [Facts.of(one) for one in registry])


random = settings(deadline=None, max_examples=60)


@given(registries(), st.sampled_from(TASKS))
@random
def test_copier_and_the_catalogue_close_what_is_required_alike(
    registry: Registry, task: str
) -> None:
    found = catalogue(registry, task)
    for recipes in subsets(list(found.recipes)):
        assert found.chosen(recipes) == closed_by_jinja(registry, task, recipes)


@given(registries(), st.sampled_from(TASKS))
@random
def test_copier_takes_what_the_catalogue_completes_and_nothing_else_can_be_had(
    registry: Registry, task: str
) -> None:
    found = catalogue(registry, task)
    sets = list(subsets(list(found.recipes)))
    allowed: dict[Names, Names] = {
        frozenset(recipes): frozenset(found.installed(recipes))
        for recipes in sets
        if not problems_by_jinja(registry, task, recipes)
    }
    for recipes in sets:
        on = frozenset(recipes)
        completed = found.complete(on)
        if on in allowed:
            assert completed == allowed[on]
        elif completed is not None:
            assert on <= completed
            assert completed in allowed
        else:
            assert not [one for one in allowed if on <= one]


@given(registries())
@random
def test_what_is_not_wanted_is_not_brought_along(registry: Registry) -> None:
    found = catalogue(registry)
    for on, off in combinations(found.recipes, 2):
        completed = found.complete(frozenset([on]), frozenset([off]))
        assert completed is None or off not in completed


def test_what_is_required_follows_what_requires_it() -> None:
    registry = [
        task("gan"),
        entry("cutmix", requires=["mixing"]),
        entry("mixing", "part", requires=["soft-targets", "amp"]),
        entry("soft-targets", "part"),
        entry("amp"),
    ]
    found = catalogue(registry)
    assert found.chosen(["cutmix"]) == ["gan", "cutmix", "mixing", "amp", "soft-targets"]
    assert found.installed(["cutmix"]) == ["cutmix", "amp"]
    assert found.notes(["cutmix"]) == ["also adding amp (required by cutmix)"]
    assert found.notes(["cutmix"], known=["amp"]) == []
    assert found.complete(frozenset(["cutmix"])) == frozenset(["cutmix", "amp"])


@pytest.mark.parametrize(
    ("recipes", "chosen"),
    [
        ([], ["gan", "digits"]),
        (["folder"], ["gan", "folder"]),
        (["split"], ["gan", "split", "digits"]),
        (["split", "folder"], ["gan", "split", "folder"]),
    ],
)
def test_a_part_stands_in_for_a_group_of_which_no_recipe_is_there(
    recipes: list[str], chosen: list[str]
) -> None:
    registry = [
        task("gan"),
        task("video"),
        entry("digits", "part", default_of="data", tasks=["gan"]),
        entry("clips", "part", default_of="data", tasks=["video"]),
        entry("folder", group="data"),
        entry("csv", group="data"),
        entry("split", requires=["data"]),
    ]
    assert catalogue(registry).chosen(recipes) == chosen
    assert problems_by_jinja(registry, "gan", recipes) == []


def test_a_group_of_one_leaves_no_choice() -> None:
    registry = [
        task("gan"),
        entry("sync-bn", requires=["parallel"]),
        entry("ddp", group="parallel"),
    ]
    assert catalogue(registry).chosen(["sync-bn"]) == ["gan", "sync-bn", "ddp"]
    registry.append(entry("fsdp", group="parallel"))
    assert catalogue(registry).chosen(["sync-bn"]) == ["gan", "sync-bn"]
    assert catalogue(registry).complete(frozenset(["sync-bn"])) == frozenset(["ddp", "sync-bn"])
    assert problems_by_jinja(registry, "gan", ["sync-bn"]) == [
        "sync-bn needs one of ddp, fsdp: add one, or leave sync-bn out"
    ]


@pytest.mark.parametrize(
    ("recipes", "problems"),
    [
        (
            ["sync-bn", "ema"],
            ["ddp (required by sync-bn) and ema cannot be combined: they average apart"],
        ),
        (
            ["sync-bn", "fsdp"],
            [
                'ddp (required by sync-bn) and fsdp are both in the group "parallel": '
                "choose one of them"
            ],
        ),
        (
            ["clips"],
            ["video-info (required by clips) does not apply to gan: it applies to video"],
        ),
        (["deep"], ["deep needs one of cosine, step: add one, or leave deep out"]),
        (
            ["deeper"],
            ["deep (required by deeper) needs one of cosine, step: add one, or leave deeper out"],
        ),
        (["lost"], ["lost needs nothing-of-it, which gan does not have: leave lost out"]),
    ],
)
def test_problems_say_why_what_nobody_asked_for_is_there(
    recipes: list[str], problems: list[str]
) -> None:
    registry = [
        *map(task, TASKS),
        entry("sync-bn", requires=["ddp"]),
        entry("ddp", group="parallel", conflicts={"ema": "they average apart"}),
        entry("fsdp", group="parallel"),
        entry("ema"),
        entry("clips", requires=["video-info"]),
        entry("video-info", tasks=["video"]),
        entry("cosine", group="schedule"),
        entry("step", group="schedule"),
        entry("deep", requires=["schedule"]),
        entry("deeper", requires=["deep"]),
        entry("lost", requires=["nothing-of-it"]),
    ]
    assert problems_by_jinja(registry, "gan", recipes) == problems


def test_a_manifest_of_another_version_is_read_as_far_as_it_is_known() -> None:
    facts = Facts.of(entry("ddp", requires=None, colour="blue", formerly=["dp"]))
    assert facts == Facts("ddp", "recipe", formerly=["dp"])


def test_the_largest_set_has_all_that_go_together() -> None:
    registry = [
        task("gan"),
        entry("amp"),
        entry("cosine", group="schedule"),
        entry("step", group="schedule"),
        entry("warmup", requires=["schedule"]),
    ]
    assert catalogue(registry).largest() == ["amp", "cosine", "warmup"]
