"""``ptgen blame``: where each line of a file came from.

The oracle is the difference between projects that Copier has made with a recipe and without it.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from difflib import SequenceMatcher
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ptgen.base.staging import files_of
from ptgen.cli import app
from ptgen.projects.blame import Blame, Line
from ptgen.projects.existing import Project
from ptgen.templates import Template

from .conftest import ROOT, Ptgen, Tiny, commit_all, tree

MANIFESTS = {entry.name: entry for entry in Template(ROOT).manifests}
TASKS = sorted(name for name, entry in MANIFESTS.items() if entry.is_task)
RECIPES = sorted(name for name, entry in MANIFESTS.items() if entry.is_recipe)

Make = Callable[..., Path]


def tasks_of(recipe: str) -> list[str]:
    return [task for task in TASKS if MANIFESTS[recipe].applies_to(task)]


def largest(task: str) -> list[str]:
    return Template(ROOT).catalogue(task).largest()


def chosen(task: str, recipes: Iterable[str]) -> set[str]:
    """Return the names of all that is in a project, parts included."""
    return {*Template(ROOT).catalogue(task).chosen(recipes)}


@pytest.fixture(scope="module")
def make(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Make:
    """Make a project of the real template, once for each task and set of recipes."""
    made: dict[tuple[str, ...], Path] = {}

    def project(task: str, *recipes: str) -> Path:
        key = (task, *sorted(recipes))
        if key not in made:
            folder = tmp_path_factory.mktemp("made") / "mine"
            answers = {
                "project_name": "mine",
                "package": "mine",
                "task": task,
                "recipes": sorted(recipes),
            }
            Template(template).render(answers, folder)
            made[key] = folder
        return made[key]

    return project


def lines_of(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.is_file() else []


def added(before: Path, after: Path) -> "Counter[str]":
    """Return the lines that a file has more than another, as a diff does."""
    old, new = lines_of(before), lines_of(after)
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    opcodes = [entry for entry in matcher.get_opcodes() if entry[0] != "equal"]
    return Counter(line for _, _, _, start, end in opcodes for line in new[start:end])


def text_files(project: Path) -> Iterator[str]:
    for name in files_of(project):
        if b"\0" not in (project / name).read_bytes():
            yield name


@pytest.mark.parametrize("number", range(len(RECIPES)), ids=RECIPES)
def test_a_recipe_has_the_lines_that_the_project_has_more_with_it(
    make: Make, template: Path, tmp_path: Path, number: int
) -> None:
    recipe = RECIPES[number]
    tasks = tasks_of(recipe)
    task = tasks[number % len(tasks)]
    whole = Template(ROOT).catalogue(task).complete(frozenset([recipe])) or frozenset()
    before, after = make(task, *whole - {recipe}), make(task, *whole)
    brought = chosen(task, whole) - chosen(task, whole - {recipe})  # it and its parts
    blame = Blame(Project.open(after), Template(template), tmp_path)
    changed = 0
    for name in text_files(after):
        if (expected := added(before / name, after / name)) or (before / name).is_file():
            if not expected:
                continue
            changed += 1
        lines = blame.lines(after / name)
        named = [(line.text, {*line.origin.split("+")}) for line in lines]
        found = Counter(text for text, names in named if names & brought)
        shared = Counter(text for text, names in named if names & brought and names - brought)
        assert found >= expected, name
        # What is there for either of two is there without one of them.
        assert found - expected <= shared & Counter(lines_of(before / name)), name
    assert changed


LARGE = [
    ("classification", largest("classification")),
    ("gan", largest("gan")[::2]),
    ("video", largest("video")[1::2]),
    ("segmentation", largest("segmentation")[:2]),
    ("super-resolution", []),
]


@pytest.mark.parametrize(("task", "recipes"), LARGE, ids=[task for task, _ in LARGE])
def test_each_line_of_a_new_project_has_an_origin(
    make: Make, template: Path, tmp_path: Path, task: str, recipes: list[str]
) -> None:
    project = make(task, *recipes)
    blame = Blame(Project.open(project), Template(template), tmp_path)
    origins: Counter[str] = Counter()
    for name in text_files(project):
        lines = blame.lines(project / name)
        assert [line.text for line in lines] == lines_of(project / name)
        assert [line.number for line in lines] == [*range(1, len(lines) + 1)]
        origins.update(line.origin for line in lines)
    named = {name for origin in origins for name in origin.split("+")}
    assert named == {"template", *chosen(task, recipes)}
    shared = sum(number for origin, number in origins.items() if "+" in origin)
    assert shared <= 0.01 * origins.total()
    assert len([*tmp_path.glob("made-*")]) == 1  # Copier rendered once: the quick way was taken


MEETING = ["accumulate", "amp", "cosine", "ddp", "ema", "grad-clip", "mixup", "spectral-norm"]


@pytest.fixture(scope="module")
def met(
    make: Make, template: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, dict[str, list[Line]]]:
    """A project with recipes that meet, and the lines of its files."""
    project = make("classification", *MEETING)
    blame = Blame(Project.open(project), Template(template), tmp_path_factory.mktemp("room"))
    return project, {name: blame.lines(project / name) for name in text_files(project)}


@pytest.mark.parametrize("recipe", MEETING)
def test_without_a_recipe_its_lines_go_and_no_others(
    make: Make, met: tuple[Path, dict[str, list[Line]]], recipe: str
) -> None:
    project, files = met
    others = [name for name in MEETING if name != recipe]
    without = make("classification", *others)
    brought = chosen("classification", MEETING) - chosen("classification", others)
    gone_at_all = 0
    for name, lines in files.items():
        gone = added(without / name, project / name)
        gone_at_all += gone.total()
        named = [{*line.origin.split("+")} for line in lines]
        own = Counter(
            line.text for line, names in zip(lines, named, strict=True) if names <= brought
        )
        assert own <= gone, name
        if (without / name).is_file():  # else lines of others that stand in it are gone, too
            kept = {text.strip() for text in lines_of(without / name)}  # indented otherwise, say
            theirs = Counter(
                line.text for line, names in zip(lines, named, strict=True) if names & brought
            )
            assert Counter({t: n for t, n in gone.items() if t.strip() not in kept}) <= theirs, name
    assert gone_at_all


def test_a_line_that_needs_two_recipes_is_of_both_and_one_that_is_indented_of_its_own(
    met: tuple[Path, dict[str, list[Line]]],
) -> None:
    origins = {line.text.strip(): line.origin for line in met[1]["train.py"]}
    assert origins["if isinstance(model, DistributedDataParallel):"] == "accumulate+ddp"
    assert origins["settle_spectral_norm(state.ema.model)"] == "ema+spectral-norm"
    norm = 'state.averages.add("grad_norm", norm.where(finite, 0), finite)'
    assert origins[norm] == "amp+grad-clip"
    assert origins["evaluate(state.ema.model, val_loader, criterion)"] == "ema"  # amp indents it


# What follows is about a tiny template, in which each line can be counted.


@pytest.fixture
def small(tiny: Tiny) -> Tiny:
    """A template in git with recipes that meet in every way."""
    tiny.write(
        "template/train.py.jinja",
        """\
{% from "composition/slots.jinja" import imports, slot, block with context %}
{% call imports("train") %}
import sys
{% endcall %}


print("{{ task }}", sys.argv)
{% if slot("train.loss") %}
print("losses")
{% endif %}
{{- slot("train.loss")[1:] }}

{% call block("train.update") %}
print("update")
{{- slot("train.inner") }}
{% endcall +%}
print("{{ "many" if chosen | length > 3 else "few" }}")
""",
    )
    tiny.task("searching", {"slots/train.loss": 'print("searched")\n'})
    loss = 'print("a")\n{% if "b" in chosen %}\nprint("a, as b is there")\n{% endif %}\n'
    tiny.recipe("a", {"slots/train.loss": loss, "slots/train.imports": "from os import path\n"})
    tiny.recipe(
        "b",
        {
            "slots/train.loss": 'print("b")\n',
            "slots/train.imports": "from os import sep\n",
            "blocks/train.update": "if sys.argv:\n    {{ default | indent(4) }}\n",
        },
    )
    tiny.recipe(
        "c",
        {
            "slots/train.inner": 'print("c")\n',
            "files/package/c.py": '{% from "composition/slots.jinja" import slot with context %}\n'
            'print("c")\n{{- slot("c.inner") }}\nprint("c")\n',
        },
        files=["package/c.py", "tests/test_c.py"],
    )
    tiny.recipe("d", {"slots/c.inner": 'print("d")\n'})
    tiny.write("template/data.bin", "\0")
    tiny.write("template/static.txt", "plain\ntext\n")
    commit_all(tiny.folder, "v1.0.0")
    return tiny


def shown(ptgen: Ptgen, file: str | Path, *options: str | Path) -> list[tuple[str, str]]:
    """Return origin and text of each line."""
    entries = json.loads(ptgen("blame", file, "--json", *options).stdout)
    assert [entry["line"] for entry in entries] == [*range(1, len(entries) + 1)]
    return [(entry["origin"], entry["text"]) for entry in entries]


def test_all_that_is_shown(ptgen: Ptgen, small: Tiny) -> None:
    ptgen("new", "mine", "--template", small.folder, "--no-git", "-r", "a,b,c")
    with Path("mine/train.py").open("a") as file:
        file.write("\nprint()\n")
    result = ptgen("blame", "mine/train.py")
    assert result.stdout.splitlines() == [
        "template   1  import sys",
        "a+b        2  from os import path, sep",
        "template   3",
        'sorting    4  print("sorting", sys.argv)',
        'a+b        5  print("losses")',
        'a          6  print("a")',
        'a          7  print("a, as b is there")',
        'b          8  print("b")',
        "template   9",
        "b         10  if sys.argv:",
        'b         11      print("update")',
        'c         12      print("c")',
        'template  13  print("many")',
        "yours     14",
        "yours     15  print()",
    ]
    assert result.stderr == (
        "mine/train.py: 4 template, 1 sorting, 3 b, 2 a, 2 a+b, 1 c, 2 yours\n"
    )


def test_what_nobody_asked_for_by_name_is_shown_by_its_own(ptgen: Ptgen, small: Tiny) -> None:
    small.recipe("asked", requires=["needed", "shared"])
    small.recipe("needed", {"slots/train.loss": 'print("needed")\n'})
    part = {"kind": "part", "files": []}
    small.recipe("shared", {"slots/train.loss": 'print("shared")\n'}, **part)
    commit_all(small.folder, "v1.1.0")
    ptgen("new", "mine", "--template", small.folder, "--no-git", "-r", "asked")
    lines = shown(ptgen, "mine/train.py")
    assert ("needed", 'print("needed")') in lines
    assert ("shared", 'print("shared")') in lines
    assert {origin for origin, _ in shown(ptgen, "mine/tests/test_needed.py")} == {"needed"}


def test_json(ptgen: Ptgen, small: Tiny) -> None:
    ptgen("new", "mine", "--template", small.folder, "--no-git", "-r", "b")
    entries = json.loads(ptgen("blame", "mine/train.py", "--json").stdout)
    assert entries[:2] == [
        {"line": 1, "origin": "template", "text": "import sys"},
        {"line": 2, "origin": "b", "text": "from os import sep"},
    ]


def test_where_more_than_two_would_do_they_are_counted(ptgen: Ptgen, small: Tiny) -> None:
    small.recipe("e", {"slots/train.loss": 'print("e")\n'})
    commit_all(small.folder, "v1.1.0")
    ptgen("new", "mine", "--template", small.folder, "--no-git", "-r", "a,b,e")
    result = ptgen("blame", "mine/train.py")
    assert 'of 3 recipes   5  print("losses")\n' in result.stdout
    assert ", 1 of 3 recipes" in result.stderr
    assert ("a+b+e", 'print("losses")') in shown(ptgen, "mine/train.py")


def test_a_line_of_a_task_is_no_recipes(ptgen: Ptgen, small: Tiny) -> None:
    ptgen("new", "mine", "--template", small.folder, "-t", "searching", "--no-git", "-r", "a")
    origins = {text: origin for origin, text in shown(ptgen, "mine/train.py")}
    assert origins['print("losses")'] == "searching"  # it would be there without a
    assert origins['print("searched")'] == "searching"
    assert origins['print("a")'] == "a"
    assert {origin for origin, _ in shown(ptgen, "mine/tests/test_searching.py")} == {"searching"}


def test_a_line_in_a_file_of_another_recipe(ptgen: Ptgen, small: Tiny) -> None:
    ptgen("new", "mine", "--template", small.folder, "--no-git", "-r", "c,d")
    assert shown(ptgen, "mine/mine/c.py") == [
        ("c", 'print("c")'),
        ("d", 'print("d")'),
        ("c", 'print("c")'),
    ]


def test_settings_dependencies_and_answers(ptgen: Ptgen, small: Tiny) -> None:
    alpha = {"name": "alpha", "type": "float", "default": 0.2, "help": "How much"}
    small.recipe("e", config=[alpha], dependencies=["scipy>=1.11"])
    commit_all(small.folder, "v1.1.0")
    ptgen("new", "mine", "--template", small.folder, "--no-git", "-r", "a,e")
    assert ("e", "    alpha: float = 0.2") in shown(ptgen, "mine/mine/config.py")
    assert ("template", "    epochs: int = 20") in shown(ptgen, "mine/mine/config.py")
    assert ("e", '    "scipy>=1.11",') in shown(ptgen, "mine/pyproject.toml")
    answers = shown(ptgen, "mine/.copier-answers.yml")
    assert {("e", "- e"), ("sorting", "task: sorting"), ("template", "package: mine")} <= {*answers}
    assert "yours" not in {origin for origin, _ in answers}


def test_what_only_copier_can_render(ptgen: Ptgen, small: Tiny) -> None:
    text = '{{ package | to_json }}\n{% from "composition/slots.jinja" import slot with context %}'
    small.write("template/odd.txt.jinja", text + 'of Copier\n{{- slot("train.loss") }}\n')
    small.recipe("e", {"slots/train.loss": "{{ package | hash }}\n"}, requires=["a"])
    commit_all(small.folder, "v1.1.0")
    ptgen("new", "mine", "--template", small.folder, "--no-git", "-r", "a,b,e")
    found = shown(ptgen, "mine/odd.txt")
    assert [origin for origin, _ in found] == ["template", "template", "a", "a", "b", "e"]
    assert [text for _, text in found][:2] == ['"mine"', "of Copier"]


def test_a_file_that_is_copied_as_it_is(ptgen: Ptgen, small: Tiny) -> None:
    ptgen("new", "mine", "--template", small.folder, "--no-git", "-r", "a")
    Path("mine/static.txt").write_bytes(b"plain\r\nmine\r\ntext")  # of Windows, without an end
    assert shown(ptgen, "mine/static.txt") == [
        ("template", "plain"),
        ("yours", "mine"),
        ("template", "text"),
    ]


def test_an_empty_file(ptgen: Ptgen, small: Tiny) -> None:
    small.write("template/empty.txt", "")
    commit_all(small.folder, "v1.1.0")
    ptgen("new", "mine", "--no-git", "--template", small.folder)
    result = ptgen("blame", "mine/empty.txt")
    assert (result.stdout, result.stderr) == ("", "mine/empty.txt: no lines\n")


def test_what_you_change_is_yours_and_its_neighbours_are_not(
    ptgen: Ptgen, repository: Path
) -> None:
    ptgen("new", "mine", "--template", repository, "--no-git", "-r", "mixup,ddp")
    file = Path("mine/train.py")
    before = shown(ptgen, file)
    texts = [text for _, text in before]

    changed = texts.index("        loss.backward()")
    texts[changed] = "        (2 * loss).backward()"
    deleted = next(at for at, (origin, _) in enumerate(before) if origin == "mixup")
    function = ["def mine() -> None:", "    print()", "", ""]
    place = texts.index("def train_epoch(")
    texts[place:place] = function
    del texts[deleted + (len(function) if deleted >= place else 0)]
    file.write_text("\n".join(texts) + "\n")

    expected = list(before)
    expected[changed] = ("yours", "        (2 * loss).backward()")
    expected[place:place] = [("yours", text) for text in function]
    del expected[deleted + (len(function) if deleted >= place else 0)]
    assert shown(ptgen, file) == expected


def test_a_class_of_yours_begins_with_its_own_decorator(ptgen: Ptgen, small: Tiny) -> None:
    theirs = ["@dataclass", "class Theirs:", "    one: int", "", ""]
    small.write("template/classes.py", "\n".join([*theirs, "print()"]) + "\n")
    commit_all(small.folder, "v1.1.0")
    ptgen("new", "mine", "--no-git", "--template", small.folder)
    mine = ["@dataclass", "class Mine:", "    two: int", "", ""]
    for texts, origins in [
        ([*mine, *theirs, "print()"], ["yours"] * 5 + ["template"] * 6),
        ([*theirs, *mine, "print()"], ["template"] * 5 + ["yours"] * 5 + ["template"]),
    ]:
        Path("mine/classes.py").write_text("\n".join(texts) + "\n")
        assert shown(ptgen, "mine/classes.py") == [*zip(origins, texts, strict=True)]


def test_a_function_that_you_move_is_yours_there(ptgen: Ptgen, repository: Path) -> None:
    ptgen("new", "mine", "--template", repository, "--no-git", "-r", "ema")
    file = Path("mine/train.py")
    before = shown(ptgen, file)
    texts = [text for _, text in before]
    function = next(text for text in texts if text.startswith("def training_loss("))
    start, end = texts.index(function), texts.index("def train_epoch(")
    place = texts.index('if __name__ == "__main__":')
    moved = texts[:start] + texts[end:place] + texts[start:end] + texts[place:]
    file.write_text("\n".join(moved) + "\n")
    expected = before[:start] + before[end:place]
    expected += [("yours", text) for text in texts[start:end]] + before[place:]
    assert shown(ptgen, file) == expected


def test_blame_reads_only_and_looks_around_the_file(
    ptgen: Ptgen, small: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    ptgen("new", "mine", "--template", small.folder, "--no-git", "-r", "b")
    ptgen("new", "other", "--no-git", "--template", small.folder)
    Path("mine/train.py").write_text("edited\n" + Path("mine/train.py").read_text())
    before = tree(Path("mine"))
    expected = shown(ptgen, "mine/train.py")
    assert expected[0] == ("yours", "edited")
    assert ("b", "if sys.argv:") in expected
    assert shown(ptgen, Path("mine/train.py").absolute()) == expected
    Path("link").symlink_to("mine")
    assert shown(ptgen, "link/train.py") == expected
    monkeypatch.chdir("other")
    assert shown(ptgen, "../mine/train.py") == expected
    monkeypatch.chdir("../mine/tests")
    assert shown(ptgen, "../train.py") == expected
    monkeypatch.chdir("../..")
    assert tree(Path("mine")) == before


def test_the_version_of_the_project_is_what_counts(ptgen: Ptgen, small: Tiny) -> None:
    ptgen("new", "mine", "--template", small.folder, "--no-git", "-r", "a")
    small.edit("recipes/a/slots/train.loss", 'print("a")', 'print("newer")')
    commit_all(small.folder, "v2.0.0")
    assert ("a", 'print("a")') in shown(ptgen, "mine/train.py")


def test_a_template_that_has_moved(ptgen: Ptgen, small: Tiny) -> None:
    ptgen("new", "mine", "--template", small.folder, "--no-git", "-r", "a")
    moved = small.folder.rename(small.folder.with_name("moved"))
    error = ptgen("blame", "mine/train.py", status=1).stderr
    assert str(small.folder) in error
    assert "--template URL" in error
    assert ("a", 'print("a")') in shown(ptgen, "mine/train.py", "--template", moved)


def test_a_file_of_your_own(ptgen: Ptgen, small: Tiny) -> None:
    ptgen("new", "mine", "--no-git", "--template", small.folder)
    Path("mine/own.py").write_text('print("losses")\n')
    result = ptgen("blame", "mine/own.py")
    assert result.stdout == 'yours  1  print("losses")\n'
    assert result.stderr == "mine/own.py is not from the template: every line is yours\n"


def test_colours_on_a_terminal(ptgen: Ptgen, small: Tiny) -> None:
    ptgen("new", "mine", "--template", small.folder, "--no-git", "-r", "b")
    Path("mine/train.py").write_text(Path("mine/train.py").read_text() + "print()\n")
    arguments = ["blame", "mine/train.py"]
    coloured = CliRunner().invoke(app, arguments, color=True).stdout.splitlines()
    assert coloured[0].startswith("\x1b[2mtemplate\x1b[0m  ")
    assert coloured[1].startswith("\x1b[36mb       \x1b[0m  ")
    assert coloured[-1].startswith("\x1b[32myours   \x1b[0m  ")
    assert "\x1b" not in CliRunner().invoke(app, arguments).stdout


def test_files_that_are_refused(ptgen: Ptgen, small: Tiny) -> None:
    ptgen("new", "mine", "--no-git", "--template", small.folder)
    Path("outside.py").write_text("print()\n")
    Path("mine/latin.txt").write_bytes("é".encode("latin-1"))
    messages = {
        "mine/none.py": "there is no file mine/none.py; name one of a project",
        "mine/tests": "mine/tests is a folder; name a file",
        "outside.py": "outside.py is not in a project: neither its folder nor one above it holds "
        ".copier-answers.yml; create one with: ptgen new DEST",
        "mine/data.bin": "mine/data.bin is binary; only text has lines to tell of",
        "mine/latin.txt": "mine/latin.txt is not text in UTF-8; only text has lines to tell of",
    }
    for file, message in messages.items():
        result = ptgen("blame", file, status=1)
        assert (result.stdout, result.stderr) == ("", f"error: {message}\n")


def test_projects_that_cannot_be_made_again(ptgen: Ptgen, small: Tiny) -> None:
    ptgen("new", "mine", "--no-git", "--template", small.folder, "-r", "a")
    answers = Path("mine/.copier-answers.yml")
    text = answers.read_text()
    for old, new, message in [
        ("_commit: v1.0.0", "_commit: v0.9.0", 'has no tag, branch or commit "v0.9.0"'),
        ("_commit: v1.0.0\n", "", "has no _commit"),
        ("- a\n", "- aa\n", 'there is no recipe "aa"; list them: ptgen list'),
    ]:
        assert old in text
        answers.write_text(text.replace(old, new))
        result = ptgen("blame", "mine/train.py", status=1)
        assert result.stderr.startswith("error: ")
        assert message in result.stderr
