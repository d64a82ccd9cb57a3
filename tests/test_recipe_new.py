"""``ptgen recipe new``: a recipe to start from, which is sound and works."""

from pathlib import Path

import pytest
import yaml

from ptgen.templates import source

from .conftest import Ptgen, Tiny


def test_it_is_sound_at_once(ptgen: Ptgen, tiny: Tiny) -> None:
    result = ptgen("recipe", "new", "my-idea", "--path", tiny.folder)

    assert result.stderr.startswith(f"Created {tiny.folder}/recipes/my-idea:\n  README.md\n")
    assert ptgen("check", tiny.folder).stdout == "2 recipes are sound\n"


def test_it_may_be_for_one_task(ptgen: Ptgen, tiny: Tiny) -> None:
    ptgen("recipe", "new", "my-idea", "--task", "sorting", "--path", tiny.folder)
    manifest = yaml.safe_load((tiny.folder / "recipes/my-idea/recipe.yml").read_text())
    assert manifest["tasks"] == ["sorting"]


def test_two_of_them_go_together(ptgen: Ptgen, tiny: Tiny) -> None:
    ptgen("recipe", "new", "one", "--path", tiny.folder)
    ptgen("recipe", "new", "other", "--path", tiny.folder)
    ptgen("new", "project", "-r", "one,other", "--template", tiny.folder)
    train = Path("project/train.py").read_text()
    assert "loss = one_loss(loss, config.one_scale)" in train
    assert "loss = other_loss(loss, config.other_scale)" in train


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("My-Idea", '"My-Idea" is no name for a recipe; expected lower-case words'),
        ("../up", '"../up" is no name for a recipe'),
        ("lambda", '"lambda" is no name for a recipe'),
        ("x" * 41, "at most 40 characters"),
        ("sorting", "recipes/sorting exists; change it, or choose another name"),
    ],
)
def test_bad_names(ptgen: Ptgen, tiny: Tiny, name: str, message: str) -> None:
    result = ptgen("recipe", "new", name, "--path", tiny.folder, status=1)
    assert message in result.stderr
    assert [path.name for path in (tiny.folder / "recipes").iterdir()] == ["sorting"]


def test_what_is_installed_is_not_changed(
    ptgen: Ptgen, tiny: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source, "PACKED", tiny.folder)
    assert "there is no template here" in ptgen("recipe", "new", "my-idea", status=1).stderr


def test_an_unknown_task(ptgen: Ptgen, tiny: Tiny) -> None:
    result = ptgen("recipe", "new", "x", "--task", "sort", "--path", tiny.folder, status=1)
    assert result.stderr == 'error: there is no task "sort"; did you mean sorting?\n'
    assert [path.name for path in (tiny.folder / "recipes").iterdir()] == ["sorting"]


def test_nothing_is_left_of_one_that_could_not_be_written(
    ptgen: Ptgen, tiny: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device", "/x")

    before = sorted(path.name for path in tiny.folder.iterdir())
    monkeypatch.setattr(Path, "write_text", full)
    result = ptgen("recipe", "new", "my-idea", "--path", tiny.folder, status=1)
    assert result.stderr == "error: /x: No space left on device\n"
    assert sorted(path.name for path in tiny.folder.iterdir()) == before
    assert not (tiny.folder / "recipes/my-idea").exists()
