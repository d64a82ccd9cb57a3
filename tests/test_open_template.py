"""A template that is opened: every file of it is read once."""

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import copier
import pytest

from ptgen.base.errors import Problems, PtgenError
from ptgen.templates import Template, open_catalogue, open_template, registry

from .conftest import Ptgen, Tiny, tree

_watched: list[tuple[Path, Counter[str]]] = []


def _count(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "open" and _watched and isinstance(arguments[0], str):
        folder, counts = _watched[-1]
        path = Path(arguments[0])
        if path.is_relative_to(folder):
            counts[path.relative_to(folder).as_posix()] += 1


sys.addaudithook(_count)


@contextmanager
def reads_of(folder: Path) -> Iterator[Counter[str]]:
    """Count how often each file below a folder is opened."""
    counts: Counter[str] = Counter()
    _watched.append((folder, counts))
    try:
        yield counts
    finally:
        _watched.pop()


@pytest.fixture
def catalogue(tiny: Tiny) -> Tiny:
    tiny.recipe("clip")
    tiny.recipe("mixup", requires=["clip"])
    tiny.write("presets/small.yml", "summary: Few recipes\nrecipes: [mixup]\n")
    tiny.write("recipes/withdrawn.yml", "mean: it was a median\n")
    return tiny


@pytest.mark.parametrize("options", [(), ("--dry-run",), ("--json",)], ids=["new", "dry", "json"])
def test_new_reads_each_file_once(
    ptgen: Ptgen, catalogue: Tiny, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...]
) -> None:
    # Copier reads them for itself.

    def run_copy(_: str, destination: Path, **__: object) -> None:
        destination.mkdir(exist_ok=True)

    monkeypatch.setattr(copier, "run_copy", run_copy)
    with reads_of(catalogue.folder) as reads:
        wish = ("--preset", "small", "--no-git", "--template", catalogue.folder, *options)
        ptgen("new", "one", *wish)
    manifests = [f"recipes/{name}/recipe.yml" for name in ("clip", "mixup", "sorting")]
    expected = ["copier.yml", "composition/problems.jinja", "presets/small.yml", *manifests]
    assert {name: reads[name] for name in expected} == dict.fromkeys(expected, 1)
    assert max(reads.values()) == 1


def test_however_often_it_is_asked_a_template_is_read_once(catalogue: Tiny) -> None:
    template = Template(catalogue.folder)
    answers = {"project_name": "one", "package": "one", "task": "sorting", "recipes": ["mixup"]}
    with reads_of(catalogue.folder) as reads:
        for _ in range(3):
            assert template.problems(answers) == []
            assert template.compose(answers)
            assert [entry.name for entry in template.manifests] == ["clip", "mixup", "sorting"]
            assert template.catalogue("sorting").installed(["mixup"]) == ["mixup", "clip"]
            assert [preset.name for preset in template.presets] == ["small"]
            assert template.withdrawn == {"mean": "it was a median"}
    assert len(reads) > 8
    assert max(reads.values()) == 1


def test_a_list_needs_the_manifests_alone(ptgen: Ptgen, catalogue: Tiny) -> None:
    with reads_of(catalogue.folder) as reads:
        ptgen("list", "--template", catalogue.folder)
    assert {name for name in reads if "recipe.yml" not in name} == set()
    assert set(reads.values()) == {1}


def test_what_would_run_code_is_refused_before_anything_is_rendered(
    catalogue: Tiny, tmp_path: Path
) -> None:
    catalogue.edit("copier.yml", "_subdirectory:", "_tasks: [touch owned]\n_subdirectory:")
    template = Template(catalogue.folder)
    for attempt in (
        lambda: template.render({"project_name": "one"}, tmp_path / "one"),
        lambda: template.compose({"project_name": "one"}),
        lambda: template.problems({"project_name": "one"}),
    ):
        with pytest.raises(PtgenError, match=r"would run code of its own: copier\.yml has _tasks"):
            attempt()
    assert not (tmp_path / "one").exists()


def test_what_is_wrong_with_manifests_is_told_where_they_are_needed(catalogue: Tiny) -> None:
    catalogue.edit("recipes/mixup/recipe.yml", "order: 50", "order: first")
    template = Template(catalogue.folder)
    assert [entry.name for entry in template.valid_manifests] == ["clip", "sorting"]
    with pytest.raises(Problems, match=r"recipes/mixup/recipe\.yml:6: PT106 order"):
        assert template.manifests
    assert template.tasks == ["sorting"]


def test_opening_gives_templates(catalogue: Tiny) -> None:
    with open_template(str(catalogue.folder)) as one, open_catalogue(str(catalogue.folder)) as two:
        assert one == two == Template(catalogue.folder, str(catalogue.folder))


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ("_envops: {extensions: [evil.Ext]}", "_envops: extensions is not an option that"),
        ("_envops: {undefined: builtins.exit}", "_envops: undefined is not an option that"),
        ("_envops: {trim_bloks: true}", "did you mean trim_blocks?"),
        ("_envops: {trim_blocks: 1}", "_envops: trim_blocks: 1 is not true or false"),
        ("_envops: {block_start_string: ''}", "block_start_string: '' is not text"),
        ("_envops: {block_start_string: '{{'}", "start strings must be different"),
        ("_envops: [1]", "_envops: [1] is not a mapping"),
        ("_external_data: {secret: ../../secret.yml}", "_external_data is not a setting that"),
        ("_subdirectory: ../..", "_subdirectory: '../..' is not a path inside the"),
        ("_subdirectory: '{{ task }}'", "_subdirectory: '{{ task }}' is not a path inside the"),
        ("_answers_file: ../victim.yml", "_answers_file: '../victim.yml' is not a path inside the"),
        ("_answers_file: /victim.yml", "_answers_file: '/victim.yml' is not a path inside the"),
        ("_answers_file: C:\\victim.yml", "is not a path inside the"),
        ("_answers_file: ~/victim.yml", "_answers_file: '~/victim.yml' is not a path inside the"),
        ("1: 2", "1 is not the name of a question or a setting"),
        ("a: !include ../../*.yml", "expected a pattern of files inside the template"),
        ("a: !include /etc/passwd", "expected a pattern of files inside the template"),
        ("--- !include copier.yml", "copier.yml includes itself"),
        ("a: &a [*a]", "*a stands for what it is in"),
        (f"a: {'[' * 5000}", "copier.yml is not YAML"),
        (f"a: {'[' * 60}{']' * 60}{' ' * 2000}", "is nested more than 50 deep"),
        (f"a: {'x' * 1_000_000}", "characters; expected at most 1,000,000"),
    ],
)
def test_settings_that_reach_outside_a_template_are_refused_before_anything_is_rendered(
    ptgen: Ptgen, tiny: Tiny, tmp_path: Path, settings: str, said: str
) -> None:
    victim = tmp_path / "victim.yml"
    victim.write_text("precious: true\n")
    tiny.write("evil.py", f"from pathlib import Path\n\nPath({str(victim)!r}).unlink()\n")
    text = (tiny.folder / "copier.yml").read_text()
    key = settings.partition(":")[0]
    lines = [line for line in text.splitlines() if not line.startswith(f"{key}:")]
    tiny.write("copier.yml", "\n".join([*lines, settings, ""]))
    before = tree(tmp_path)

    new = ptgen("new", "one", "--template", tiny.folder, status=1)
    with chdir(tiny.folder):
        check = ptgen("check", status=1)

    for result in (new, check):
        assert said in result.stderr + result.stdout
        assert "Traceback" not in result.stderr
    assert tree(tmp_path) == before


BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]\n"
    for before, name in pairwise("abcdefghij")
)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (BOMB, ":5: has more than 100,000 values, each alias counted as what it stands for"),
        (BOMB.replace("[x, x, x, x, x, x, x, x, x, x]", "[]"), ":6: has more than 100,000 values"),
        ("[" * 60 + "]" * 60 + " " * 2000, ":1: is nested more than 50 deep"),
        ("- " * 1500 + "x", ":1: is nested more than 50 deep"),
        ("&a x: &b [*b]", ":1: *b stands for what it is in"),
        ("x" * 2_000_000, ": has 2,000,000 characters; expected at most 1,000,000"),
    ],
)
def test_yaml_that_would_take_all_time_and_memory_is_refused_at_once(text: str, said: str) -> None:
    with pytest.raises(PtgenError) as refused:
        registry.parse(text, "some.yml", Path())
    assert str(refused.value).startswith(f"some.yml{said}")


def test_aliases_within_reason_are_read() -> None:
    text = "a: &a {tasks: [x, y]}\nb: {<<: *a}\nc: [*a, *a]\n"
    expected = {"tasks": ["x", "y"]}
    data = registry.parse(text, "some.yml", Path()).data
    assert data == {"a": expected, "b": expected, "c": [expected, expected]}


def test_a_file_of_a_template_stays_in_the_project(ptgen: Ptgen, tiny: Tiny) -> None:
    tiny.write("template/{{ '..' }}/evil.txt", "x")
    answers = {"project_name": "one", "package": "one", "task": "sorting", "recipes": []}
    with pytest.raises(PtgenError, match=r"would be \.\./evil\.txt, outside the project"):
        Template(tiny.folder).compose(answers)
    before = tree(Path())
    ptgen("new", "one", "--template", tiny.folder, status=1)
    assert tree(Path()) == before
