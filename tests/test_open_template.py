"""A template that is opened: every file of it is read once."""

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import copier
import pytest

from ptgen.base.errors import Problems, PtgenError
from ptgen.templates import Template, open_catalogue, open_template

from .conftest import Ptgen, Tiny

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
