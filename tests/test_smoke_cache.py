"""The cache of ``ptgen smoke``: what it gives back is what was put there, and nothing else."""

import json
import platform
import shutil
from collections.abc import Callable
from dataclasses import replace
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ptgen.base.digest import digest, tree_digest
from ptgen.base.errors import PtgenError
from ptgen.smoke.cache import Cache, environment_digest
from ptgen.smoke.plan import Variant
from ptgen.smoke.results import Cost, Result
from ptgen.templates.source import PACKAGE

KEY, OTHER = digest("one"), digest("other")
RESULT = Result(
    variant=Variant("gan", ("ddp", "ema")),
    passed=True,
    seconds=1.5,
    phase="tests",
    reason="",
    metric="val_accuracy",
    expected="at least 0.9",
    curve=[0.1, 0.93],
    figure=0.93,
    trace="abc",
    phases={"render": Cost(0.5, 0.4), "tests": Cost(1.0, 0.9)},
    log=["-- render", "-- tests"],
)
in_place = settings(
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
numbers = st.floats(allow_nan=False)


@pytest.fixture
def kept(tmp_path: Path) -> Cache:
    """A cache that holds the result."""
    opened = Cache.open(tmp_path / "cache")
    opened.put(KEY, RESULT)
    return opened


def file_of(kept: Cache) -> Path:
    return kept.folder / f"{KEY}.json"


def assert_ignored(kept: Cache, capsys: pytest.CaptureFixture[str]) -> None:
    """See that the file is not trusted, and named in a warning."""
    capsys.readouterr()
    assert kept.get(KEY) is None
    said = capsys.readouterr().err
    assert said.startswith(f"warning: {file_of(kept)} is not what ptgen smoke writes there")


@in_place
@given(
    recipes=st.lists(st.text(max_size=5), max_size=3),
    seconds=numbers,
    curve=st.lists(numbers, max_size=4),
    figure=st.none() | numbers,
    trace=st.none() | st.text(max_size=5),
)
def test_what_passed_comes_back_as_it_was_but_for_its_log(
    kept: Cache,
    recipes: list[str],
    seconds: float,
    curve: list[float],
    figure: float | None,
    trace: str | None,
) -> None:
    variant = Variant("gan", tuple(recipes))
    result = replace(
        RESULT, variant=variant, seconds=seconds, curve=curve, figure=figure, trace=trace
    )
    kept.put(KEY, result)
    assert kept.get(KEY) == replace(result, cached=True, log=[])
    assert [path.name for path in kept.folder.iterdir()] == [f"{KEY}.json"]


def test_what_was_never_put_is_not_there(kept: Cache, capsys: pytest.CaptureFixture[str]) -> None:
    assert kept.get(OTHER) is None
    assert capsys.readouterr().err == ""


def test_a_failed_result_is_never_put(kept: Cache) -> None:
    kept.put(OTHER, replace(RESULT, passed=False, reason="it is red"))
    assert [path.name for path in kept.folder.iterdir()] == [f"{KEY}.json"]


def test_the_file_holds_key_and_facts_without_the_log(kept: Cache) -> None:
    content = json.loads(file_of(kept).read_text())
    assert content["key"] == KEY
    facts = RESULT.facts()
    assert content["result"] == {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in facts.items()
        if name != "log"
    }


@in_place
@given(content=st.binary(max_size=300))
def test_random_bytes_are_ignored(
    kept: Cache, capsys: pytest.CaptureFixture[str], content: bytes
) -> None:
    file_of(kept).write_bytes(content)
    assert_ignored(kept, capsys)


def test_a_file_that_ends_anywhere_too_early_is_ignored(
    kept: Cache, capsys: pytest.CaptureFixture[str]
) -> None:
    content = file_of(kept).read_bytes()
    for length in range(len(content)):
        file_of(kept).write_bytes(content[:length])
        assert_ignored(kept, capsys)


def without(name: str) -> Callable[[dict[str, Any]], object]:
    return lambda content: content["result"].pop(name)


def having(**facts: Any) -> Callable[[dict[str, Any]], object]:
    return lambda content: content["result"].update(facts)


@pytest.mark.parametrize(
    "change",
    [
        *(without(name) for name in RESULT.facts() if name != "log"),
        having(passed=False),
        having(passed="yes"),
        having(reason="it is red"),
        having(reduced=["ema"]),
        having(curve=["0.1"]),
        having(seconds=None),
        having(recipes="ddp"),
        having(extent="whole"),
        having(phases={"render": 0.5}),
        having(phases={"render": {"seconds": 0.5}}),
        having(log=[]),
        having(more=1),
        lambda content: content.update(key=OTHER),
        lambda content: content.pop("key"),
        lambda content: content.pop("result"),
        lambda content: content.update(result=[]),
    ],
)
def test_facts_that_were_changed_are_ignored(
    kept: Cache,
    capsys: pytest.CaptureFixture[str],
    change: Callable[[dict[str, Any]], object],
) -> None:
    content = json.loads(file_of(kept).read_text())
    change(content)
    file_of(kept).write_text(json.dumps(content))
    assert_ignored(kept, capsys)


@pytest.mark.parametrize("text", ["[" * 100_000, "{}", "null", "[]"])
def test_other_json_is_ignored(kept: Cache, capsys: pytest.CaptureFixture[str], text: str) -> None:
    file_of(kept).write_text(text)
    assert_ignored(kept, capsys)


def test_a_file_under_the_name_of_another_key_is_ignored(
    kept: Cache, capsys: pytest.CaptureFixture[str]
) -> None:
    kept.put(OTHER, RESULT)
    (kept.folder / f"{OTHER}.json").replace(file_of(kept))
    assert_ignored(kept, capsys)


def test_a_folder_in_the_place_of_a_file_is_a_warning_each_way(
    kept: Cache, capsys: pytest.CaptureFixture[str]
) -> None:
    file_of(kept).unlink()
    file_of(kept).mkdir()
    assert_ignored(kept, capsys)
    kept.put(KEY, RESULT)
    said = capsys.readouterr().err
    assert said.startswith(f"warning: {file_of(kept)} cannot be written: Is a directory; gan ddp,")
    assert [path.name for path in kept.folder.iterdir()] == [f"{KEY}.json"]


def test_a_folder_that_is_gone_is_a_warning(
    kept: Cache, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(kept.folder)
    kept.put(KEY, RESULT)
    assert "cannot be written: No such file or directory" in capsys.readouterr().err


def test_a_folder_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    for folder, reason in ((file / "cache", "Not a directory"), (file, "File exists")):
        with pytest.raises(PtgenError) as refused:
            Cache.open(folder)
        assert str(refused.value) == (
            f"--cache {folder} cannot be written: {reason}; name another folder, or add --no-cache"
        )


def test_the_folder_is_in_the_users_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert Cache.open(None).folder == tmp_path / "xdg/ptgen/smoke"
    for ignored in ("", "relative"):
        monkeypatch.setenv("XDG_CACHE_HOME", ignored)
        assert Cache.open(None).folder == Path.home() / ".cache/ptgen/smoke"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert Cache.open(None).folder == Path.home() / ".cache/ptgen/smoke"


parts = st.lists(st.binary(max_size=3), max_size=4)


@given(one=parts, other=parts)
def test_parts_that_differ_have_digests_that_differ(one: list[bytes], other: list[bytes]) -> None:
    assert (digest(*one) == digest(*other)) == (one == other)


def test_a_digest_is_of_utf_8() -> None:
    assert digest("\u00e9") == digest(b"\xc3\xa9") != digest("e")


def test_whatever_changes_in_a_tree_changes_its_digest(tmp_path: Path) -> None:
    folder = tmp_path / "tree"
    (folder / "below").mkdir(parents=True)
    one, two = folder / "one", folder / "below/two"
    one.write_bytes(b"ab")
    two.write_bytes(b"cd")
    seen = {tree_digest(folder)}

    def differs() -> bool:
        new = tree_digest(folder) not in seen
        seen.add(tree_digest(folder))
        return new

    for content in (b"Ab", b"aB", b"a", b"abc", b"", b"abbelow/twocd"):
        one.write_bytes(content)
        assert differs()
    one.chmod(0o755)
    assert differs()
    two.rename(folder / "two")
    assert differs()
    (folder / "new").touch()
    assert differs()
    (folder / "new").unlink()
    assert not differs()


def test_compiled_files_and_git_are_no_part_of_a_tree(tmp_path: Path) -> None:
    (tmp_path / "one").touch()
    before = tree_digest(tmp_path)
    for name in ("__pycache__/one.pyc", ".git/HEAD", "below/__pycache__/two.pyc"):
        path = tmp_path / "tree" / name
        path.parent.mkdir(parents=True)
        path.touch()
    assert tree_digest(tmp_path) == before
    (tmp_path / ".gitignore").touch()
    assert tree_digest(tmp_path) != before


def test_whatever_runs_variants_is_in_the_digest_of_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "ptgen"
    shutil.copytree(PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr("ptgen.smoke.cache.PACKAGE", package)
    found_anew = environment_digest.__wrapped__  # a process finds it once
    seen = {found_anew()}

    def differs() -> bool:
        new = found_anew() not in seen
        seen.add(found_anew())
        return new

    assert not differs()

    for name in ("python_implementation", "python_version", "machine"):
        monkeypatch.setattr(platform, name, lambda: "another")
        assert differs()
    torch = [SimpleNamespace(name="torch", version="2.8")]
    for found in ([], torch, [SimpleNamespace(name="torch", version="2.9")]):
        monkeypatch.setattr(metadata, "distributions", lambda found=found: found)
        assert differs()
    numpy = SimpleNamespace(name="numpy", version="2.0")
    monkeypatch.setattr(metadata, "distributions", lambda: [*torch, numpy])
    assert differs()
    monkeypatch.setattr(metadata, "distributions", lambda: [numpy, *torch])
    assert not differs()
    for name in ("templates/render.py", "templates/new.py", "smoke/phases.py", "smoke/new.py"):
        with (package / name).open("a") as file:
            file.write("# changed\n")
        assert differs()
