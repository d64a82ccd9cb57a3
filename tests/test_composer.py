"""Projects that are composed without Copier, compared with Copier's byte for byte."""

import subprocess
import sys
from pathlib import Path

import pytest

from ptgen.base.errors import PtgenError
from ptgen.base.staging import files_of
from ptgen.templates import Template

from .conftest import ROOT, Tiny

ANSWERS = ".copier-answers.yml"
TASKS = Template(ROOT).tasks


def by_copier(template: Template, answers: dict[str, object], folder: Path) -> dict[str, bytes]:
    """Return the files of a project that Copier has created, but for its answers."""
    template.render(answers, folder)
    return {name: (folder / name).read_bytes() for name in files_of(folder) if name != ANSWERS}


def choices(task: str) -> list[list[str]]:
    """Return no recipes, as many as go together, and every other one of these."""
    largest = Template(ROOT).catalogue(task).largest()
    return [[], largest, largest[::2]]


@pytest.mark.parametrize("task", TASKS)
def test_same_bytes_for_every_task(template: Path, tmp_path: Path, task: str) -> None:
    opened = Template(template)
    for number, recipes in enumerate(choices(task)):
        answers: dict[str, object] = {
            "project_name": "My-Project",
            "package": "mine",
            "task": task,
            "recipes": recipes,
        }
        made = by_copier(opened, answers, tmp_path / str(number))
        assert opened.compose(answers) == made
        assert len(made) > 20


def test_answers_that_are_left_out_have_their_defaults(template: Path, tmp_path: Path) -> None:
    opened, answers = Template(template), {"project_name": "My-Project"}
    assert opened.compose(answers) == by_copier(opened, dict(answers), tmp_path / "one")


def test_files_that_are_not_rendered_are_copied(tiny: Tiny, tmp_path: Path) -> None:
    picture = bytes(range(256))
    (tiny.folder / "template/picture.png").write_bytes(picture)
    tiny.write("template/{{ package }}/plain.txt", "{{ not rendered }}\n")
    tiny.write("template/{% if package == 'other' %}never.txt{% endif %}", "never\n")
    tiny.write("template/twice.txt", "plain\n")
    tiny.write("template/twice.txt.jinja", "{{ package }}\n")
    tiny.write("template/__pycache__/old.pyc", "")

    opened, answers = Template(tiny.folder), {"project_name": "one", "recipes": []}
    composed = opened.compose(answers)

    assert composed == by_copier(opened, dict(answers), tmp_path / "one")
    assert composed["picture.png"] == picture
    assert composed["one/plain.txt"] == b"{{ not rendered }}\n"
    assert composed["twice.txt"] == b"one\n"
    assert composed.keys().isdisjoint({"never.txt", "__pycache__/old.pyc"})


def test_what_is_required_is_composed_too(tiny: Tiny) -> None:
    tiny.recipe("clip", {"slots/train.loss": 'print("clip")'})
    tiny.recipe("mixup", requires=["clip"])
    composed = Template(tiny.folder).compose({"project_name": "one", "recipes": ["mixup"]})
    assert b'print("clip")' in composed["train.py"]
    assert {"tests/test_clip.py", "tests/test_mixup.py"} <= composed.keys()


UNRENDERED = "the template cannot be rendered: "
MISTAKE = "template/broken.txt.jinja:1: the template has a mistake: "


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{{ 1 / 0 }}", UNRENDERED),
        ("{{ nothing.at.all }}", UNRENDERED),
        ("{% if %}", MISTAKE),
        ("{{ 1 | x }}", MISTAKE),
    ],
)
def test_a_template_that_cannot_be_rendered_is_refused(tiny: Tiny, text: str, said: str) -> None:
    tiny.write("template/broken.txt.jinja", text)
    with pytest.raises(PtgenError, match=said):
        Template(tiny.folder).compose({"project_name": "one", "recipes": []})


def test_jinja_and_yaml_are_enough() -> None:
    program = (
        "import sys; from pathlib import Path; from ptgen.templates import Template\n"
        f"files = Template(Path({str(ROOT)!r})).compose({{'project_name': 'one'}})\n"
        "assert 'train.py' in files\n"
        "print(*{name.partition('.')[0] for name in sys.modules})"
    )
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    installed = {"copier", "pydantic", "typer", "click", "rich", "questionary", "packaging"}
    assert set(done.stdout.split()) & {"jinja2", "yaml", *installed} == {"jinja2", "yaml"}
