"""Presets, and answers of other projects: where a project can start from."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from ptgen.templates import Template

from .conftest import ROOT, Ptgen, Tiny, tree
from .test_imports import imported_by

SHIPPED = ["minimal", "recommended", "research"]


@pytest.fixture
def catalogue(tiny: Tiny) -> Tiny:
    """Two tasks, five recipes and three presets."""
    tiny.task("searching")
    for name in ("amp", "ema"):
        tiny.recipe(name)
    tiny.recipe("mixup", tasks=["sorting"])
    tiny.recipe("ddp", group="parallel")
    tiny.recipe("fsdp", group="parallel")
    tiny.write("presets/all.yml", "summary: What there is\nrecipes: [ema, mixup, ddp]\n")
    tiny.write("presets/bare.yml", "summary: Nothing more\nrecipes: []\n")
    tiny.write("presets/find.yml", "summary: To search\nrecipes: [amp]\ntask: searching\n")
    return tiny


def answers(project: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(Path(project, ".copier-answers.yml").read_text())
    return found


def errors(ptgen: Ptgen, *arguments: str | Path) -> list[str]:
    """Return what ``ptgen`` refuses; nothing is left behind."""
    before = sorted(Path().iterdir())
    result = ptgen(*arguments, status=1)
    assert sorted(Path().iterdir()) == before
    return [line.removeprefix("error: ") for line in result.stderr.splitlines()]


def again(stderr: str) -> list[str]:
    """Return the arguments of the command that ``ptgen new`` prints."""
    command = stderr.split("To repeat:\n  ")[1]
    lines = subprocess.run(
        ["sh", "-c", f'printf "%s\\n" {command}'], capture_output=True, text=True, check=True
    )
    return lines.stdout.splitlines()[1:]


def test_a_preset_brings_its_recipes(ptgen: Ptgen, catalogue: Tiny) -> None:
    result = ptgen("new", "one", "--preset", "all", "--template", catalogue.folder)
    assert answers("one")["task"] == "sorting"
    assert answers("one")["recipes"] == ["ddp", "ema", "mixup"]
    assert "summary" not in answers("one")
    assert "left out" not in result.stderr


def test_recipes_add_to_those_of_a_preset(ptgen: Ptgen, catalogue: Tiny) -> None:
    ptgen("new", "one", "--preset", "all", "-r", "amp,ema", "--template", catalogue.folder)
    assert answers("one")["recipes"] == ["amp", "ddp", "ema", "mixup"]


def test_a_preset_may_have_a_task_which_a_given_one_wins_over(
    ptgen: Ptgen, catalogue: Tiny
) -> None:
    ptgen("new", "one", "--preset", "find", "--template", catalogue.folder)
    ptgen("new", "two", "-p", "find", "-t", "sorting", "--template", catalogue.folder)
    assert [answers(name)["task"] for name in ("one", "two")] == ["searching", "sorting"]
    assert [answers(name)["recipes"] for name in ("one", "two")] == [["amp"], ["amp"]]


@pytest.mark.parametrize("form", [[], ["--dry-run"], ["--json"]], ids=" ".join)
def test_what_does_not_apply_to_the_task_is_left_out_and_told(
    ptgen: Ptgen, catalogue: Tiny, form: list[str]
) -> None:
    wish = ["--preset", "all", "--task", "searching", "--template", str(catalogue.folder)]
    result = ptgen("new", "one", *wish, *form)
    line = "mixup of the preset all does not apply to searching: left out\n"
    assert result.stderr.count(line) == 1
    if form == ["--json"]:
        assert json.loads(result.stdout)["recipes"] == ["ema", "ddp"]


def test_a_recipe_that_was_asked_for_by_name_is_not_left_out(ptgen: Ptgen, catalogue: Tiny) -> None:
    wish: list[str | Path] = [
        "--preset",
        "all",
        "-r",
        "mixup",
        "-t",
        "searching",
        "--template",
        catalogue.folder,
    ]
    assert errors(ptgen, "new", "one", *wish) == [
        "mixup does not apply to searching: it applies to sorting"
    ]


def test_rules_hold_for_presets_and_recipes_together(ptgen: Ptgen, catalogue: Tiny) -> None:
    wish: list[str | Path] = ["--preset", "all", "-r", "fsdp", "--template", catalogue.folder]
    assert errors(ptgen, "new", "one", *wish) == [
        'ddp and fsdp are both in the group "parallel": choose one of them'
    ]


def test_the_command_that_is_printed_needs_no_preset(ptgen: Ptgen, catalogue: Tiny) -> None:
    wish = ["--preset", "all", "-t", "searching", "--template", str(catalogue.folder)]
    first = ptgen("new", "one", *wish, "-d", "package=core")
    Path("one").rename("first")

    arguments = again(first.stderr)
    assert arguments[:6] == ["new", "one", "--task", "searching", "--recipes", "ema,ddp"]
    ptgen(*arguments)
    assert tree(Path("one")) == tree(Path("first"))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("al", 'there is no preset "al"; did you mean all?'),
        ("x", 'there is no preset "x"; there are: all, bare, find'),
        ("../all", 'there is no preset "../all"; did you mean all?'),
    ],
)
def test_unknown_presets(ptgen: Ptgen, catalogue: Tiny, name: str, message: str) -> None:
    assert errors(ptgen, "new", "one", "--preset", name, "--template", catalogue.folder) == [
        message
    ]


def test_a_template_without_presets(ptgen: Ptgen, tiny: Tiny) -> None:
    place = ["--template", str(tiny.folder)]
    assert errors(ptgen, "new", "one", "--preset", "all", *place) == [
        'there is no preset "all"; there are: none'
    ]
    ptgen("new", "one", *place)
    ptgen("check", tiny.folder)
    assert ptgen("list", "--presets", "--json", *place).stdout == "[]\n"
    listed = ptgen("list", "--presets", *place)
    assert listed.stdout == ""
    assert "There are no presets; add one to the template" in listed.stderr


def test_list(ptgen: Ptgen, catalogue: Tiny) -> None:
    assert ptgen("list", "--presets", "--template", catalogue.folder).stdout == (
        "all   What there is\n"
        "      ema, mixup, ddp\n"
        "bare  Nothing more\n"
        "      no recipes\n"
        "find  To search  [searching]\n"
        "      amp\n"
    )


def test_list_for_a_task(ptgen: Ptgen, catalogue: Tiny) -> None:
    def listed(task: str, *form: str) -> str:
        place = ("--template", catalogue.folder)
        return ptgen("list", "--presets", "--task", task, *form, *place).stdout

    assert "      ema, ddp (left out: mixup)\n" in listed("searching")
    assert [preset["name"] for preset in json.loads(listed("sorting", "--json"))] == ["all", "bare"]
    assert json.loads(listed("searching", "--json")) == [
        {
            "name": "all",
            "summary": "What there is",
            "task": None,
            "recipes": ["ema", "ddp"],
            "left_out": ["mixup"],
        },
        {
            "name": "bare",
            "summary": "Nothing more",
            "task": None,
            "recipes": [],
            "left_out": [],
        },
        {
            "name": "find",
            "summary": "To search",
            "task": "searching",
            "recipes": ["amp"],
            "left_out": [],
        },
    ]


def test_list_for_an_unknown_task(ptgen: Ptgen, catalogue: Tiny) -> None:
    wish: list[str | Path] = [
        "list",
        "--presets",
        "--task",
        "sortin",
        "--template",
        catalogue.folder,
    ]
    assert errors(ptgen, *wish) == ['there is no task "sortin"; did you mean sorting?']


def test_list_is_fast() -> None:
    heavy = {"torch", "copier", "jinja2", "questionary", "pydantic", "rich"}
    assert not imported_by("list", "--presets") & heavy
    assert not imported_by("list", "--presets", "--json") & heavy


def test_the_shell_completes_presets(catalogue: Tiny, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PTGEN_TEMPLATE", str(catalogue.folder))
    words = {"_PTGEN_COMPLETE": "complete_bash", "COMP_WORDS": "ptgen new x --preset b"}
    command = [sys.executable, "-m", "ptgen"]
    done = subprocess.run(
        command,
        env={**os.environ, **words, "COMP_CWORD": "4"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["bare"]


@pytest.mark.parametrize("name", SHIPPED)
def test_plain_copier_makes_the_same_of_a_preset(ptgen: Ptgen, template: Path, name: str) -> None:
    ptgen("new", "one", "--preset", name, "--no-git", "--template", template)
    Path("one").rename("ptgen")
    command = [sys.executable, "-m", "copier", "copy", "--defaults", "--quiet", "--data-file"]
    file = template / "presets" / f"{name}.yml"
    subprocess.run([*command, str(file), str(template), "one"], check=True, capture_output=True)

    assert tree(Path("one")) == tree(Path("ptgen"))
    assert answers("one")["recipes"] == yaml.safe_load(file.read_text())["recipes"]
    assert set(answers("one")) == {"_src_path", "package", "project_name", "recipes", "task"}
    summary = yaml.safe_load(file.read_text())["summary"].encode()
    assert not any(summary in content for _, content in tree(Path("one")).values())


def test_the_presets_that_ptgen_brings_fit_every_task_whole() -> None:
    opened = Template(ROOT)
    found = {one.name: one for one in opened.presets}
    assert sorted(found) == SHIPPED
    assert found["minimal"].recipes == []
    assert set(found["recommended"].recipes) < set(found["research"].recipes)
    scopes = {entry.name: entry.tasks for entry in opened.manifests}
    for task in opened.tasks:
        for one in found.values():
            assert one.task is None
            assert one.applying(task, scopes) == one.recipes
            assert opened.problems({"task": task, "recipes": one.recipes}) == []


@pytest.fixture
def wide(catalogue: Tiny) -> Tiny:
    """A template with two more questions."""
    more = (
        'licence:\n  type: str\n  default: MIT\n"public":\n  type: bool\n  default: false\n'
        'tags:\n  type: yaml\n  default: "[]"\n'
    )
    catalogue.edit("copier.yml", "task:\n  type", f"{more}\ntask:\n  type")
    catalogue.write("template/facts.txt.jinja", "{{ licence }} {{ public }} {{ tags }}\n")
    return catalogue


@pytest.mark.parametrize("of", ["first", "first/.copier-answers.yml"])
def test_answers_repeat_the_choices_of_another_project(ptgen: Ptgen, wide: Tiny, of: str) -> None:
    place = ["--template", str(wide.folder)]
    others = ["-d", "package=core", "-d", "licence=O'Hara 2", "-d", "public=true"]
    ptgen(
        "new", "first", "-t", "searching", "-r", "ema,amp", *others, "-d", "tags=[a, null]", *place
    )

    result = ptgen("new", "one", "--answers", of, *place)

    assert (Path("one") / "facts.txt").read_text() == "O'Hara 2 True ['a', None]\n"
    left, right = answers("first"), answers("one")
    assert right == left | {"project_name": "one", "package": "one"}
    Path("one").rename("second")
    ptgen(*again(result.stderr))
    assert tree(Path("one")) == tree(Path("second"))


def test_answers_are_under_what_is_given_besides(ptgen: Ptgen, wide: Tiny) -> None:
    wide.write("here.yml", "task: searching\nrecipes: [ema, amp]\nlicence: BSD\n_commit: v1\n")
    wish = ["--answers", wide.folder / "here.yml", "--template", wide.folder]

    ptgen("new", "one", *wish, "-r", "ddp", "-d", "licence=GPL")
    assert answers("one")["task"] == "searching"
    assert answers("one")["recipes"] == ["amp", "ddp", "ema"]
    assert answers("one")["licence"] == "GPL"

    ptgen("new", "two", *wish, "-t", "sorting", "-p", "all")
    assert answers("two")["task"] == "sorting"
    assert answers("two")["recipes"] == ["amp", "ddp", "ema", "mixup"]

    wide.edit("presets/find.yml", "searching", "sorting")
    ptgen("new", "three", *wish, "-p", "find")
    assert answers("three")["task"] == "sorting"


def test_answers_leave_out_what_does_not_apply_to_another_task(
    ptgen: Ptgen, catalogue: Tiny
) -> None:
    place = ["--template", str(catalogue.folder)]
    ptgen("new", "first", "-r", "mixup,amp", *place)
    result = ptgen("new", "one", "--answers", "first", "-t", "searching", *place)
    assert answers("one")["recipes"] == ["amp"]
    line = "mixup of first/.copier-answers.yml does not apply to searching: left out\n"
    assert line in result.stderr


def test_answers_may_be_a_preset_or_come_through_a_pipe(ptgen: Ptgen, catalogue: Tiny) -> None:
    file = catalogue.folder / "presets/find.yml"
    ptgen("new", "one", "--answers", file, "--template", catalogue.folder)
    assert answers("one")["recipes"] == ["amp"]
    assert answers("one")["task"] == "searching"
    command = [sys.executable, "-m", "ptgen", "new", "two", "--answers", "/dev/stdin"]
    subprocess.run(
        [*command, "--template", str(catalogue.folder)],
        input=file.read_text(),
        text=True,
        check=True,
        capture_output=True,
    )
    assert answers("two")["recipes"] == ["amp"]


def test_answers_with_names_that_are_others_now(ptgen: Ptgen, catalogue: Tiny) -> None:
    catalogue.edit("recipes/ema/recipe.yml", "name: ema", "name: ema\nformerly: [mean, average]")
    catalogue.edit(
        "recipes/searching/recipe.yml", "name: searching", "name: searching\nformerly: [seek]"
    )
    file = catalogue.write("old.yml", "recipes: [amp, average]\ntask: seek\n")
    result = ptgen("new", "one", "--answers", file, "--template", catalogue.folder)
    assert "seek is now called searching\naverage is now called ema\n" in result.stderr
    assert answers("one")["task"] == "searching"
    assert answers("one")["recipes"] == ["amp", "ema"]


def test_answers_with_a_recipe_that_is_withdrawn(ptgen: Ptgen, catalogue: Tiny) -> None:
    catalogue.write("recipes/withdrawn.yml", "mean: it was a median\n")
    file = catalogue.write("old.yml", "recipes: [amp, mean]\n")
    arguments = ("new", "one", "--answers", file, "--template", catalogue.folder)
    said = ptgen(*arguments, status=1).stderr
    assert said == (
        f"error: {file}:1: recipes: mean was withdrawn: it was a median; leave it out\n"
    )


def test_answers_of_a_template_that_calls_their_file_otherwise(
    ptgen: Ptgen, catalogue: Tiny
) -> None:
    catalogue.edit("copier.yml", "_subdirectory:", "_answers_file: .ours.yml\n_subdirectory:")
    ptgen("new", "first", "-r", "amp", "--template", catalogue.folder)
    ptgen("new", "one", "--answers", "first", "--template", catalogue.folder)
    assert yaml.safe_load(Path("one/.ours.yml").read_text())["recipes"] == ["amp"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("recipes: [", [":2: not YAML: did not find expected node content"]),
        ("recipes: [\0]", [":1: not YAML in UTF-8: unacceptable character #x0000: control"]),
        ("", [":1: expected keys and values: summary, recipes, task, project_name, package"]),
        ("- amp", [":1: expected keys and values: summary, recipes, task, project_name, package"]),
        ("task: sorting", [":1: recipes: is missing; expected a list of names"]),
        (
            "recipes: amp\ntask: [sorting]",
            [
                ":1: recipes: 'amp' is not a list of names, like [amp, ema]",
                ":2: task: ['sorting'] is not the name of a task",
            ],
        ),
        (
            "recipes:\n- amp\n- 1\n- amp\ntask: ''\n",
            [
                ":3: recipes: 1 is not a name",
                ":4: recipes: amp is listed twice",
                ":5: task: '' is not the name of a task",
            ],
        ),
        (
            "recipes:\n- amb\n- zzz\n- sorting\ntask: sortin\n",
            [
                ':5: task: there is no task "sortin"; did you mean sorting?',
                ':2: recipes: there is no recipe "amb"; did you mean amp?',
                ':3: recipes: there is no recipe "zzz"; list them: ptgen list',
                ":4: recipes: sorting is a task; expected it as task: sorting",
            ],
        ),
        (
            "recipes: []\ntasks: sorting\nregistry: []\n1: 2\n",
            [
                ":2: tasks: is not a known key; did you mean task?",
                ":3: registry: is not a known key; expected summary, recipes, task, proj",
                ":1: 1: is not a known key; expected summary, recipes, task, project_na",
            ],
        ),
    ],
)
def test_nonsense_in_answers(ptgen: Ptgen, catalogue: Tiny, text: str, expected: list[str]) -> None:
    file = catalogue.write("bad.yml", text)
    found = errors(ptgen, "new", "one", "--answers", file, "--template", catalogue.folder)
    assert len(found) == len(expected)
    for line, start in zip(found, expected, strict=True):
        assert line.startswith(f"{file}{start}")


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ("nowhere", "--answers: no file nowhere; expected a project, its .copier-answers.yml, or"),
        ("empty", "--answers: empty has no .copier-answers.yml; expected a project, its .copier"),
    ],
)
def test_answers_that_are_not_there(ptgen: Ptgen, catalogue: Tiny, file: str, message: str) -> None:
    Path("empty").mkdir()
    found = errors(ptgen, "new", "one", "--answers", file, "--template", catalogue.folder)
    assert len(found) == 1
    assert found[0].startswith(message)


def test_check_is_content_with_sound_presets(ptgen: Ptgen, catalogue: Tiny) -> None:
    assert ptgen("check", catalogue.folder).stdout == "7 recipes are valid\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("summary: X\nrecipes: [", ["mine.yml:3: PT701 not YAML: did not find expected node"]),
        (
            "recipes: amp\ntask: 1\n",
            [
                "mine.yml:1: PT701 recipes: 'amp' is not a list of names, like [amp, ema]",
                "mine.yml:1: PT701 summary: is missing; expected a line of text",
                "mine.yml:2: PT701 task: 1 is not the name of a task",
            ],
        ),
        (
            "summary: Mine\nrecipes: []\nlicence: MIT\n",
            ["mine.yml:3: PT701 licence: is not a known key; expected summary, recipes, task"],
        ),
        ("summary: Mine.\nrecipes: []\n", ["mine.yml:1: PT701 summary: ends with a full stop"]),
        (
            "summary: Mine\nrecipes:\n- amb\ntask: sortin\n",
            [
                'mine.yml:3: PT702 recipes: there is no recipe "amb"; did you mean amp?',
                'mine.yml:4: PT702 task: there is no task "sortin"; did you mean sorting?',
            ],
        ),
        (
            "summary: Mine\nrecipes: [ddp, fsdp]\n",
            ['mine.yml:2: PT703 recipes: ddp and fsdp are both in the group "parallel": choose'],
        ),
        (
            "summary: Mine\nrecipes: [needy]\n",
            ["mine.yml:2: PT703 recipes: with sorting, needy needs one of ddp, fsdp: add one, or"],
        ),
        (
            "summary: Mine\ntask: searching\nrecipes: [mixup]\n",
            ["mine.yml:3: PT703 recipes: mixup does not apply to searching: it applies to sorting"],
        ),
    ],
)
def test_check_finds_what_is_wrong(
    ptgen: Ptgen, catalogue: Tiny, text: str, expected: list[str]
) -> None:
    catalogue.recipe("needy", requires=["parallel"], tasks=["sorting"])
    catalogue.write("presets/mine.yml", text)
    found = errors(ptgen, "check", catalogue.folder)
    assert len(found) == len(expected)
    for line, start in zip(found, expected, strict=True):
        assert line.startswith(f"presets/{start}")


@pytest.mark.parametrize("name", ["Mine.yml", "mine.yaml", "my preset.yml"])
def test_check_finds_files_that_are_no_presets(ptgen: Ptgen, catalogue: Tiny, name: str) -> None:
    catalogue.write(f"presets/{name}", "summary: Mine\nrecipes: []\n")
    assert errors(ptgen, "check", catalogue.folder) == [
        f"presets/{name}: PT704 is not a preset; expected a file such as my-preset.yml"
    ]


def test_mistakes_in_recipes_and_presets_are_found_at_once(ptgen: Ptgen, catalogue: Tiny) -> None:
    catalogue.edit("recipes/amp/recipe.yml", "order: 50", "order: x")
    catalogue.write("presets/mine.yml", "summary: Mine\nrecipes: [amb, ema]\n")
    assert errors(ptgen, "check", catalogue.folder) == [
        'presets/mine.yml:2: PT702 recipes: there is no recipe "amb"; did you mean amp?',
        "recipes/amp/recipe.yml:6: PT106 order: expected a whole number, or one for each slot: "
        "{train.batch: 40}",
    ]


def test_a_broken_preset_stops_only_who_asks_for_presets(ptgen: Ptgen, catalogue: Tiny) -> None:
    place = ["--template", str(catalogue.folder)]
    catalogue.write("presets/mine.yml", "summary: 1\nrecipes: []\n")
    mistake = ["presets/mine.yml:1: summary: 1 is not a line of text"]
    assert errors(ptgen, "list", "--presets", *place) == mistake
    assert errors(ptgen, "new", "one", "--preset", "all", *place) == mistake
    ptgen("list", *place)
    ptgen("new", "one", "-r", "amp", *place)


def test_names_in_a_preset_that_do_not_exist(ptgen: Ptgen, catalogue: Tiny) -> None:
    catalogue.edit("presets/all.yml", "mixup", "mixpu")
    wish: list[str | Path] = ["--preset", "all", "--template", catalogue.folder]
    assert errors(ptgen, "new", "one", *wish) == [
        'presets/all.yml:2: recipes: there is no recipe "mixpu"; did you mean mixup?'
    ]


@pytest.mark.parametrize("path", ["presets/link.yml", "presets"])
def test_links_are_refused(ptgen: Ptgen, tiny: Tiny, path: str) -> None:
    (tiny.folder / path).parent.mkdir(exist_ok=True)
    (tiny.folder / path).symlink_to("/etc")
    assert errors(ptgen, "new", "one", "--template", tiny.folder) == [
        f"{path} is a symbolic link; expected a file"
    ]
