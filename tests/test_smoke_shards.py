"""How ``ptgen smoke`` divides a plan among machines."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptgen.base.errors import PtgenError
from ptgen.smoke.plan import EXTENTS, Variant
from ptgen.smoke.shards import Shard, choose, parse, read_times, with_bare

names = st.sampled_from(["a", "b", "c", "d", "e"])
variants = st.lists(
    st.builds(
        Variant,
        st.sampled_from(["gan", "video"]),
        st.lists(names, unique=True).map(tuple),
        st.sampled_from(EXTENTS),
    ),
    unique_by=lambda one: one.row,
    max_size=30,
)
times = st.floats(min_value=0, max_value=1000)


@given(index=st.integers(1, 99), more=st.integers(0, 99))
def test_a_shard_is_read_as_it_is_written(index: int, more: int) -> None:
    assert parse(f"{index}/{index + more}") == Shard(index, index + more)


@pytest.mark.parametrize(
    "text",
    ["0/3", "4/3", "a/b", "1/0", "0/0", "", "1", "1/", "/3", "-1/3", "1/3/", "1.0/3", "1/3\n"],
)
def test_what_is_no_shard_is_refused(text: str) -> None:
    with pytest.raises(PtgenError) as refused:
        parse(text)
    assert str(refused.value) == f"--shard {text}: expected I/N with 1 <= I <= N, such as 1/3"


def shards(plan: list[Variant], count: int, seconds: dict[Variant, float]) -> list[list[Variant]]:
    return [choose(plan, Shard(index, count), seconds) for index in range(1, count + 1)]


@given(plan=variants, count=st.integers(1, 6), data=st.data())
def test_every_variant_is_in_one_shard_in_the_order_of_the_plan(
    plan: list[Variant], count: int, data: st.DataObject
) -> None:
    seconds = data.draw(st.dictionaries(st.sampled_from(plan), times) if plan else st.just({}))
    found = shards(plan, count, seconds)
    assert sorted(map(str, plan)) == sorted(str(one) for part in found for one in part)
    for part in found:
        assert part == [one for one in plan if one in part]


@given(plan=variants, count=st.integers(1, 6), data=st.data())
def test_the_order_of_plan_and_times_changes_no_shard(
    plan: list[Variant], count: int, data: st.DataObject
) -> None:
    seconds = data.draw(st.dictionaries(st.sampled_from(plan), times) if plan else st.just({}))
    again = dict(data.draw(st.permutations(list(seconds.items()))))
    other = shards(data.draw(st.permutations(plan)), count, again)
    assert [set(part) for part in shards(plan, count, seconds)] == [set(part) for part in other]


@given(plan=variants.filter(bool), count=st.integers(1, 6), data=st.data())
def test_no_shard_has_much_more_to_do_than_the_mean(
    plan: list[Variant], count: int, data: st.DataObject
) -> None:
    seconds = {one: data.draw(times) for one in plan}
    loads = [sum(seconds[one] for one in part) for part in shards(plan, count, seconds)]
    longest = max(seconds.values())
    assert max(loads) <= sum(loads) / count + longest * (1 - 1 / count) + 1e-6


def test_the_longest_go_first_to_the_shard_with_the_least() -> None:
    plan = [Variant("gan", (name,)) for name in "abcde"]
    seconds = dict(zip(plan, [3.0, 1.0, 5.0, 4.0, 2.0], strict=True))
    a, b, c, d, e = plan
    assert shards(plan, 2, seconds) == [[b, c, e], [a, d]]
    assert shards(plan, 2, {}) == [[a, c, e], [b, d]]


@pytest.mark.parametrize(("task", "less", "more"), [("gan", 7.0, 9.0), ("text", 5.0, 7.0)])
def test_an_unknown_time_is_the_mean_of_its_extent_and_task_or_else_of_its_extent(
    task: str, less: float, more: float
) -> None:
    unknown, measured = Variant(task), Variant("video")
    others = {Variant("gan", ("x",)): 6.0, Variant("gan", ("y",)): 10.0, Variant("idle"): 0.0}
    static = {Variant("gan", ("z",), "static"): 1.0}
    plan = [measured, unknown]
    assert shards(plan, 2, {**others, **static, measured: less}) == [[unknown], [measured]]
    assert shards(plan, 2, {**others, **static, measured: more}) == [[measured], [unknown]]


def test_without_times_a_variant_takes_the_longer_the_more_is_tried() -> None:
    static, brief, full = (Variant("gan", ("a",), extent) for extent in EXTENTS)
    assert shards([static, brief, full], 2, {}) == [[full], [static, brief]]


def test_a_shard_has_the_bare_projects_to_compare_with() -> None:
    plan = [Variant("gan"), Variant("video"), Variant("gan", ("a",)), Variant("gan", ("b",))]
    parts = [with_bare(plan, Shard(number, 4), {}) for number in (1, 2, 3, 4)]
    assert {one for part in parts for one in part} == set(plan)
    for part in parts:
        assert all(Variant(one.task) in part for one in part)
        assert part == [one for one in plan if one in part]


def test_a_mean_does_not_depend_on_the_order_of_the_times() -> None:
    plan = [Variant("gan", ("b",)), Variant("text")]
    times = [
        (Variant("gan", (name,)), seconds)
        for name, seconds in zip("abc", (0.1, 0.2, 0.3), strict=True)
    ]
    assert shards(plan, 2, dict(times)) == shards(plan, 2, dict(reversed(times)))


def test_times_are_read_from_results(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    results = [
        {"task": "gan", "recipes": ["a", "b"], "extent": "brief", "seconds": 1.5},
        {"task": "gan", "recipes": [], "extent": "full", "seconds": 2},
    ]
    path.write_text(json.dumps(results))
    assert read_times(path) == {Variant("gan", ("a", "b"), "brief"): 1.5, Variant("gan"): 2.0}
    path.write_text("[]")
    assert read_times(path) == {}


SOUND: dict[str, Any] = {"task": "gan", "recipes": ["a"], "extent": "full", "seconds": 1}
WRONG: list[Any] = [
    *({key: value for key, value in SOUND.items() if key != missing} for missing in SOUND),
    SOUND | {"task": 1},
    *(SOUND | {"extent": extent} for extent in ("", "whole", None)),
    SOUND | {"recipes": "a"},
    SOUND | {"recipes": [1]},
    *(
        SOUND | {"seconds": seconds}
        for seconds in ("1", True, None, -1, float("nan"), float("inf"))
    ),
    [],
    "text",
    1,
]


@pytest.mark.parametrize(
    "text",
    ["", "{", "null", "1", '"text"', '{"task": "gan"}', "[" * 100_000]
    + [json.dumps([SOUND, wrong]) for wrong in WRONG],
)
def test_a_file_that_is_no_results_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "results.json"
    path.write_text(text)
    with pytest.raises(PtgenError) as refused:
        read_times(path)
    assert str(refused.value) == (
        f"{path} cannot be read: expected a list of results, each with task, recipes, extent "
        "and seconds; name the results.json of an earlier run"
    )


def test_a_file_that_is_not_there_or_not_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PtgenError, match="cannot be read: No such file"):
        read_times(tmp_path / "none.json")
    (tmp_path / "binary").write_bytes(b"\xff\x00")
    with pytest.raises(PtgenError, match="expected a list of results"):
        read_times(tmp_path / "binary")
