"""With nothing given, on a terminal, ``ptgen new`` asks."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import PipeInput, create_pipe_input
from prompt_toolkit.output import DummyOutput

from ptgen.base import console
from ptgen.commands import wizard
from ptgen.templates import Template

from .conftest import Ptgen, Tiny

ENTER, DOWN, SPACE, CTRL_C = "\r", "\x1b[B", " ", "\x03"


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[PipeInput]:
    """A terminal that is typed at by the test."""
    monkeypatch.setattr(console, "interactive", lambda: True)
    with create_pipe_input() as keys, create_app_session(input=keys, output=DummyOutput()):
        yield keys


@pytest.fixture
def catalogue(tiny: Tiny) -> Tiny:
    """Two tasks and four recipes; the list is -- data: mixup, tsn; -- distributed: ddp, fsdp."""
    tiny.task("searching")
    tiny.recipe("mixup", category="data")
    tiny.recipe("tsn", category="data", tasks=["searching"])
    tiny.recipe("ddp", category="distributed", group="parallel")
    tiny.recipe("fsdp", category="distributed", group="parallel")
    return tiny


def answers(project: str) -> dict[str, object]:
    found: dict[str, object] = yaml.safe_load(Path(project, ".copier-answers.yml").read_text())
    return found


def test_it_asks_for_task_and_recipes_and_shows_what_will_be_made(
    ptgen: Ptgen, catalogue: Tiny, terminal: PipeInput
) -> None:
    # The second task; mixup, then past tsn, which does not apply, to ddp; yes.
    terminal.send_text(DOWN + ENTER + SPACE + DOWN + SPACE + ENTER + ENTER)
    result = ptgen("new", "one", "--template", catalogue.folder)

    assert answers("one")["task"] == "sorting"
    assert answers("one")["recipes"] == ["ddp", "mixup"]
    assert "one/\n├── one/\n│   └── config.py\n" in result.stderr
    assert "ptgen new one --task sorting --recipes mixup,ddp" in result.stderr


def test_it_asks_for_the_folder_too(ptgen: Ptgen, catalogue: Tiny, terminal: PipeInput) -> None:
    terminal.send_text("some/one" + ENTER + ENTER + ENTER + ENTER)
    ptgen("new", "--template", catalogue.folder)
    assert answers("some/one")["task"] == "searching"
    assert answers("some/one")["recipes"] == []


def test_it_asks_again_when_recipes_do_not_go_together(
    ptgen: Ptgen, catalogue: Tiny, terminal: PipeInput
) -> None:
    ddp_and_fsdp = DOWN + SPACE + DOWN + SPACE + ENTER
    without_fsdp = DOWN + DOWN + SPACE + ENTER
    terminal.send_text(DOWN + ENTER + ddp_and_fsdp + without_fsdp + ENTER)
    result = ptgen("new", "one", "--template", catalogue.folder)

    assert 'warning: ddp and fsdp are both in the group "parallel"' in result.stderr
    assert answers("one")["recipes"] == ["ddp"]


def test_no_makes_nothing(ptgen: Ptgen, catalogue: Tiny, terminal: PipeInput) -> None:
    terminal.send_text(ENTER + ENTER + DOWN + ENTER)
    ptgen("new", "one", "--template", catalogue.folder, status=1)
    assert list(Path().iterdir()) == []


def test_ctrl_c_makes_nothing(ptgen: Ptgen, catalogue: Tiny, terminal: PipeInput) -> None:
    terminal.send_text(ENTER + CTRL_C)
    result = ptgen("new", "one", "--template", catalogue.folder, status=1)
    assert result.stderr.endswith("error: stopped; nothing half-made is left\n")
    assert list(Path().iterdir()) == []


@pytest.mark.usefixtures("terminal")
def test_a_folder_that_exists_is_refused_before_anything_is_asked(
    ptgen: Ptgen, catalogue: Tiny
) -> None:
    Path("one").mkdir()
    Path("one/mine.txt").touch()
    assert (
        "has files of its own: mine.txt"
        in ptgen("new", "one", "--template", catalogue.folder, status=1).stderr
    )


def test_choices_are_grouped_and_say_why_they_cannot_be_chosen(catalogue: Tiny) -> None:
    choices = wizard.recipe_choices(Template(catalogue.folder).manifests, "sorting", ["mixup"])
    assert [(choice.title, choice.disabled, choice.checked) for choice in choices] == [
        ("-- data", "-", False),
        ("mixup  What mixup does", None, True),
        ("tsn    What tsn does", "for searching", False),
        ("-- distributed", "-", False),
        ("ddp    What ddp does (not with fsdp)", None, False),
        ("fsdp   What fsdp does (not with ddp)", None, False),
    ]


def test_without_recipes_for_the_task_it_does_not_ask_for_any(
    ptgen: Ptgen, tiny: Tiny, terminal: PipeInput
) -> None:
    terminal.send_text(ENTER + ENTER)
    ptgen("new", "one", "--template", tiny.folder)
    assert answers("one")["recipes"] == []


@pytest.mark.usefixtures("terminal")
def test_a_name_is_refused_before_anything_is_asked(ptgen: Ptgen, catalogue: Tiny) -> None:
    for name, why in (("1st", '"1st" is not a valid project name'), ("json", "would shadow")):
        assert why in ptgen("new", name, "--template", catalogue.folder, status=1).stderr


def test_a_name_is_refused_where_it_is_typed(
    ptgen: Ptgen, catalogue: Tiny, terminal: PipeInput
) -> None:
    # What was refused stands there to be changed.
    terminal.send_text("1st" + ENTER + "\x7f" * 3 + "first" + ENTER + ENTER + ENTER + ENTER)
    ptgen("new", "--template", catalogue.folder)
    assert [path.name for path in Path().iterdir()] == ["first"]


def test_what_was_answered_can_be_answered_again_and_the_rest_is_kept(
    ptgen: Ptgen, catalogue: Tiny, terminal: PipeInput
) -> None:
    recipes = SPACE + DOWN + SPACE + ENTER  # mixup and tsn, for searching
    another_folder = DOWN * 2 + ENTER + "\x7f" * 3 + "two" + ENTER + ENTER + ENTER
    another_task = DOWN * 3 + ENTER + DOWN + ENTER + ENTER  # sorting, to which tsn does not apply
    other_recipes = DOWN * 4 + ENTER + DOWN + SPACE + ENTER  # ddp, too
    steps = "one" + ENTER + ENTER + recipes + another_folder + another_task + other_recipes
    terminal.send_text(steps + ENTER)
    ptgen("new", "--template", catalogue.folder)
    assert [path.name for path in Path().iterdir()] == ["two"]
    assert answers("two")["task"] == "sorting"
    assert answers("two")["recipes"] == ["ddp", "mixup"]


@pytest.mark.parametrize("columns", [40, 60, 80, 200])
def test_nothing_is_cut_in_a_narrow_terminal(
    template: Path, monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    manifests = Template(template).manifests
    for choice in wizard.recipe_choices(manifests, "classification", []):
        reason = f" ({choice.disabled})" if choice.disabled not in (None, "-") else ""
        if choice.description or not reason:
            assert len(f" » ○ {choice.title}") <= columns
        for number, line in enumerate((choice.description or "").splitlines()):
            assert len(line) + (0 if number else len("  Description: ")) <= columns


@pytest.mark.usefixtures("terminal")
@pytest.mark.parametrize("given", [["--task", "sorting"], ["--recipes", "ddp"], ["--json"]])
def test_it_does_not_ask_when_something_is_given(
    ptgen: Ptgen, catalogue: Tiny, given: list[str]
) -> None:
    ptgen("new", "one", "--template", catalogue.folder, *given)
    assert Path("one/train.py").is_file()


def test_it_offers_presets_whose_recipes_are_chosen_already(
    ptgen: Ptgen, catalogue: Tiny, terminal: PipeInput
) -> None:
    catalogue.write("presets/all.yml", "summary: All\nrecipes: [ddp, mixup, tsn]\n")
    catalogue.write("presets/find.yml", "summary: To search\nrecipes: []\ntask: searching\n")
    # The second task; past none to all, as find is for the other task; mixup is taken out; yes.
    terminal.send_text(DOWN + ENTER + DOWN + ENTER + SPACE + ENTER + ENTER)
    result = ptgen("new", "one", "--template", catalogue.folder)

    assert "tsn of the preset all does not apply to sorting: left out\n" in result.stderr
    assert answers("one")["recipes"] == ["ddp"]
    assert "ptgen new one --task sorting --recipes ddp" in result.stderr


def test_none_is_no_choice_where_a_preset_is_without_recipes(
    ptgen: Ptgen, catalogue: Tiny, terminal: PipeInput
) -> None:
    catalogue.write("presets/bare.yml", "summary: Nothing more\nrecipes: []\n")
    catalogue.write("presets/full.yml", "summary: More\nrecipes: [mixup]\n")
    terminal.send_text(DOWN + ENTER + DOWN + ENTER + ENTER + ENTER)
    ptgen("new", "one", "--template", catalogue.folder)
    assert answers("one")["recipes"] == ["mixup"]


@pytest.mark.usefixtures("terminal")
def test_it_does_not_ask_when_a_preset_or_answers_are_given(ptgen: Ptgen, catalogue: Tiny) -> None:
    file = catalogue.write("presets/all.yml", "summary: All\nrecipes: [ddp]\n")
    ptgen("new", "one", "--template", catalogue.folder, "--preset", "all")
    ptgen("new", "two", "--template", catalogue.folder, "--answers", file)
    assert answers("one")["recipes"] == answers("two")["recipes"] == ["ddp"]
