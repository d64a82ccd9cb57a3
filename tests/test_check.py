"""``ptgen check`` names every problem of every recipe, with its file, line and code."""

import json
import re
from typing import Any

import pytest

from ptgen.templates.codes import FIXABLE, Code

from .conftest import ROOT, Ptgen, Tiny
from .faults import ALPHA, FAULTS

PAGE = (ROOT / "docs/checks.md").read_text()
# Of each rule on the page: its code, its name and the example.
SECTIONS = re.findall(r"^### (PT\d+) (\S+)\n\n```text\n(.*)\n```\n\n(?=\S)", PAGE, re.MULTILINE)


def problems(ptgen: Ptgen, tiny: Tiny) -> list[str]:
    """Return the problems that ``ptgen check`` reports."""
    result = ptgen("check", tiny.folder, status=1)
    assert result.stdout == ""
    return [line.removeprefix("error: ") for line in result.stderr.splitlines()]


@pytest.mark.parametrize("code", Code, ids=lambda code: code.rule)
def test_each_rule_finds_its_fault_as_the_page_shows_it(
    ptgen: Ptgen, tiny: Tiny, code: Code
) -> None:
    FAULTS[code](tiny)
    (found,) = problems(ptgen, tiny)
    examples = {code: example for code, _, example in SECTIONS}
    assert found == examples[code]
    assert found.split()[1] == code


def test_the_page_explains_each_rule_once() -> None:
    assert [(code, rule) for code, rule, _ in SECTIONS] == [(code, code.rule) for code in Code]


@pytest.mark.parametrize("code", sorted(FIXABLE), ids=lambda code: code.rule)
def test_what_can_be_fixed_is_fixed(ptgen: Ptgen, tiny: Tiny, code: Code) -> None:
    FAULTS[code](tiny)
    assert f"{code} {code.rule}" in PAGE
    result = ptgen("check", "--fix", tiny.folder)
    assert result.stderr.startswith("Changed ")
    assert ptgen("check", "--fix", tiny.folder).stderr == ""


def test_for_programs(ptgen: Ptgen, tiny: Tiny) -> None:
    assert json.loads(ptgen("check", tiny.folder, "--json").stdout) == {
        "recipes": 1, "changed": [], "problems": []
    }  # fmt: skip
    tiny.recipe("mixup", {"files/package/mixup.py": "x = 1\n"}, status="fine")
    tiny.recipe("amp", {"files/package/amp.py": "x = 1\n", "slots/train.los": "x = 1\n"})
    result = ptgen("check", "--json", "--fix", tiny.folder, status=1)
    assert json.loads(result.stdout) == {
        "recipes": 3,
        "changed": ["recipes/amp/recipe.yml"],
        "problems": [
            {
                "path": "recipes/amp/slots/train.los",
                "line": None,
                "code": "PT401",
                "rule": "unknown-slot",
                "message": "there is no slot train.los; did you mean train.loss?",
                "fixable": False,
            },
            {
                "path": "recipes/mixup/recipe.yml",
                "line": 11,
                "code": "PT104",
                "rule": "invalid-value",
                "message": "status: expected 'stable' or 'experimental'",
                "fixable": False,
            },
        ],
    }


def test_valid_recipes(ptgen: Ptgen, tiny: Tiny) -> None:
    tiny.recipe("mixup", {"slots/train.loss": "x = 1\n", "slots/train.imports": "import os\n"})
    tiny.recipe("amp", {"blocks/train.update": "y = 2\n"}, config=[ALPHA])
    assert ptgen("check", tiny.folder).stdout == "3 recipes are valid\n"


def test_all_that_a_recipe_may_have(ptgen: Ptgen, tiny: Tiny) -> None:
    tiny.task("searching")
    tiny.part("digits", default_of="data-source", tasks=["sorting"])
    tiny.part("mixing", {"slots/train.imports": "import os\n"}, config=[ALPHA | {"name": "share"}])
    tiny.recipe("folders", group="data-source")
    data = {"name": "data", "type": "path", "default": "data/images", "help": "Folder of images"}
    width = {"name": "width", "type": "int", "help": "Channels"}
    width["default"] = {"searching": 16, "sorting": 32}  # type: ignore[assignment]
    fragment = '{% if "folders" in chosen %}\nx = 1\n{% endif %}\n'
    tiny.recipe(
        "mixup",
        {
            "slots/train.loss": fragment,
            "reference.py": "def mixed(x: float) -> float:\n    return x\n",
            "smoke.py": "print('prepared')\n",
            "files/predict.py": "print()\n",
        },
        config=[data, width],
        files=["predict.py", "tests/test_mixup.py"],
        floor={"sorting": {"at_least": 0.8, "reason": "it learns more slowly"}},
        order={"train.loss": 40, "default": 60},
        requires=["mixing"],
        scripts=["predict.py"],
        smoke={"prepare": "smoke.py", "arguments": ["--data", "data/images"]},
    )
    ptgen("check", "--fix", tiny.folder)
    settings = (tiny.folder / "recipes/mixup/README.md").read_text()
    assert "| `--data` | data/images | a path | Folder of images |\n" in settings
    assert "| `--width` | 16 (searching), 32 (sorting) | whole numbers | Channels |\n" in settings


def test_the_current_folder_is_checked_if_it_is_a_template(
    ptgen: Ptgen, tiny: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tiny.folder)
    assert ptgen("check").stdout == "1 recipe is valid\n"


def test_the_recipes_of_this_repository_are_valid(ptgen: Ptgen) -> None:
    ptgen("check")


def test_a_folder_that_is_no_template(ptgen: Ptgen) -> None:
    assert "is not a template: it has no copier.yml" in ptgen("check", ".", status=1).stderr


def test_all_problems_come_at_once_in_the_order_of_files_and_lines(
    ptgen: Ptgen, tiny: Tiny
) -> None:
    tiny.recipe("mixup", {"slots/train.los": "x = 1\n"}, summary="Mix.", order="x")
    tiny.recipe("amp", kind="thing", requires=["clip"], category="magic")
    tiny.recipe("ema", {"slots/train.los": "x = 1\n"}, summary="Average.")
    tiny.recipe("clip")
    tiny.edit("recipes/clip/recipe.yml", "kind: recipe", "kind: [")
    assert problems(ptgen, tiny) == [
        "recipes/amp/recipe.yml:2: PT104 kind: expected 'recipe', 'task' or 'part'",
        "recipes/amp/recipe.yml:4: PT104 category: expected 'task', 'layers', 'ops', 'data', "
        "'losses', 'optimisation', 'training', 'distributed', 'logging', 'visualisation', "
        "'evaluation', 'export' or 'tooling'",
        "recipes/clip/recipe.yml:4: PT101 not YAML: did not find expected ',' or ']'",
        "recipes/ema/recipe.yml:3: PT112 summary: ends with a full stop; leave it out",
        "recipes/ema/slots/train.los: PT401 there is no slot train.los; did you mean train.loss?",
        "recipes/mixup/recipe.yml:6: PT106 order: expected a whole number, or one for each slot: "
        "{train.batch: 40}",
    ]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("name: mixup", "name: Mixup", "1: PT104 name: 'Mixup' is not a valid name; expected low"),
        ("name: mixup\n", "", "1: PT102 name: is missing"),
        ("kind: recipe", "kind: task", "4: PT111 category: 'training' does not fit the kind"),
        ("order: 50", "ordr: 50", "6: PT103 ordr: is not a known key; did you mean order?"),
        ("order: 50", "order: '50'", "6: PT106 order: expected a whole number, or one for each"),
        ("order: 50", "order: true", "6: PT106 order: expected a whole number, or one for each"),
        ("order: 50", "order: {}", "6: PT106 order: expected a whole number, or one for each"),
        ("order: 50", "order: {a: b}", "6: PT106 order: expected a whole number, or one for each"),
        ("order: 50", "group: Data", "6: PT104 group: 'Data' is not a valid name"),
        ("order: 50", "conflicts: [amp]", "6: PT104 conflicts: expected a mapping: {key: value}"),
        ("order: 50", "conflicts: {amp: ''}", "6: PT104 conflicts.amp: is empty"),
        ("order: 50", "dependencies: [numpy=1]", "6: PT107 dependencies.0: 'numpy=1' is not a"),
        ("order: 50", "dependencies: [a, a]", "6: PT109 dependencies: listed twice: a"),
        ("order: 50", "neutral: 1", "6: PT104 neutral: expected true or false"),
        ("order: 50", "smoke: {script: x}", "6: PT103 smoke.script: is not a known key"),
        ("order: 50", "batches_per_update: 0", "6: PT104 batches_per_update: expected greater"),
        ("tasks: all", "tasks: sorting", "5: PT104 tasks: expected 'all' or a list: [one, other]"),
        ("tasks: all", "tasks: []", "5: PT104 tasks: expected 'all' or at least one"),
        ("stable", "fine", "11: PT104 status: expected 'stable' or 'experimental'"),
        ("- tests/test_mixup.py", "- /etc/x", "8: PT108 files.0: '/etc/x' is not a relative path"),
        ("- tests/test_mixup.py", "- ../x", "8: PT108 files.0: '../x' would land outside"),
        ("- tests/test_mixup.py", "- a/../../x", "8: PT108 files.0: 'a/../../x' would land"),
        ("- tests/test_mixup.py", "- a\\b", "8: PT108 files.0: 'a\\\\b' is not a relative path"),
        ("- tests/test_mixup.py", "- .git/config", "8: PT108 files.0: '.git/config' would change"),
        ("- tests/test_mixup.py", "- x\n- x", "7: PT109 files: listed twice: x"),
    ],
)
def test_manifests(ptgen: Ptgen, tiny: Tiny, old: str, new: str, expected: str) -> None:
    tiny.recipe("mixup")
    tiny.edit("recipes/mixup/recipe.yml", old, new)
    assert f"recipes/mixup/recipe.yml:{expected}" in "\n".join(problems(ptgen, tiny))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"type": "number"}, "type: expected 'int', 'float', 'str', 'bool' or 'path'"),
        (
            {"name": "Alpha"},
            "name: 'Alpha' is not a valid name; expected lower-case words with '_'",
        ),
        ({"name": "lambda"}, "name: 'lambda' is a Python keyword"),
        ({"default": "1e-3"}, "default: '1e-3' is not of type float; YAML needs 1.0e-3 for 1e-3"),
        ({"type": "int", "default": 0.5}, "default: 0.5 is not of type int"),
        ({"type": "int", "default": True}, "default: True is not of type int"),
        ({"default": float("inf"), "range": "[0, inf]"}, "default: inf is not finite"),
        ({"default": 2}, "default: 2 is outside the range [0, 1]"),
        ({"default": {"sorting": 2}}, "default: 2 is outside the range [0, 1]"),
        ({"default": {"searching": 0.5}}, "default: expected one for each of sorting"),
        ({"default": 0.0, "range": "(0, 1]"}, "default: 0.0 is outside the range (0, 1]"),
        ({"range": "0 to 1"}, "range: '0 to 1' is not an interval"),
        ({"range": "[0, x]"}, "range: '[0, x]' has an end that is not a number"),
        ({"range": "[1, 0]"}, "range: '[1, 0]' is empty"),
        ({"type": "bool", "default": True}, "range: a bool has no range"),
        ({"type": "path", "default": "x"}, "range: a path has no range"),
        ({"choices": [0.1, 0.3]}, "choices: expected choices or a range, not both"),
        ({"choices": [0.1, 0.3], "range": None}, "default: 0.2 is not one of the choices"),
        ({"choices": ["much"], "range": None}, "choices: 'much' is not of type float"),
        ({"choices": []}, "choices: expected at least one"),
        (
            {"type": "path", "choices": ["x"], "range": None, "default": "x"},
            "choices: a path has no choices",
        ),
        ({"help": ""}, "help: is empty"),
        ({"help": "How much."}, "help: ends with a full stop"),
        ({"help": 'How "much"'}, "help: 'How \"much\"' has a quote"),
        ({"type": "str", "default": "a\\b", "range": None}, "default: 'a\\\\b' has a quote"),
    ],
)
def test_settings(ptgen: Ptgen, tiny: Tiny, change: dict[str, Any], expected: str) -> None:
    setting = {key: value for key, value in (ALPHA | change).items() if value is not None}
    tiny.recipe("mixup", config=[setting])
    said = "\n".join(problems(ptgen, tiny))
    assert f"PT105 config.0.{expected}" in said
    line = int(said.split("recipes/mixup/recipe.yml:")[1].split(":")[0])
    text = (tiny.folder / "recipes/mixup/recipe.yml").read_text().splitlines()
    assert expected.split(":")[0] in text[line - 1]


def test_a_setting_that_is_there_twice(ptgen: Ptgen, tiny: Tiny) -> None:
    tiny.recipe("mixup", config=[ALPHA, ALPHA])
    assert problems(ptgen, tiny) == [
        "recipes/mixup/recipe.yml:12: PT109 config: two settings are called alpha"
    ]


@pytest.mark.parametrize(
    ("kind", "keys", "expected"),
    [
        ("recipe", {"tasks": ["sorting", "sort"]}, ":7: PT202 tasks: there is no task sort; did"),
        ("recipe", {"requires": ["mixup"]}, ":13: PT202 requires: there is no other recipe, part"),
        ("recipe", {"requires": ["sorting"]}, ":13: PT202 requires: there is no other recipe, pa"),
        ("recipe", {"conflicts": {"amb": "x"}}, ":13: PT202 conflicts: there is no other recipe "),
        ("recipe", {"conflicts": {"mixing": "x"}}, ":13: PT202 conflicts: there is no other reci"),
        ("part", {"requires": ["amp"]}, ":11: PT202 requires: there is no other part amp"),
        ("part", {"requires": ["schedule"]}, ":11: PT202 requires: there is no other part sched"),
        ("part", {"group": "schedule"}, ":10: PT111 group: a part is not chosen and has none"),
        ("part", {"conflicts": {"amp": "x"}}, ":10: PT111 conflicts: a part is not chosen"),
        ("part", {"formerly": ["mix"]}, ":10: PT111 formerly: a part is not chosen and has none"),
        ("part", {"default_of": "amp"}, ":10: PT208 default_of: amp is the name of a recipe"),
    ],
)
def test_names(ptgen: Ptgen, tiny: Tiny, kind: str, keys: dict[str, Any], expected: str) -> None:
    tiny.recipe("amp", requires=["mixing"], group="schedule")
    tiny.part("mixing")
    if kind == "recipe":
        tiny.recipe("mixup", **keys)
    else:
        tiny.part("mixup", **keys)
        tiny.recipe("mixes", requires=["mixup"])
    (problem,) = problems(ptgen, tiny)
    assert problem.startswith(f"recipes/mixup/recipe.yml{expected}")


@pytest.mark.parametrize(
    ("fragment", "expected"),
    [
        ('"amb" in chosen', "PT202 there is no recipe amb; did you mean amp?"),
        ('task == "sort"', "PT202 there is no recipe sort; did you mean sorting?"),
        ('task in ["sorting", "sort"]', "PT202 there is no recipe sort; did you mean sorting?"),
        ('"amp" not in recipes', 'PT408 "amp" in recipes misses required recipes'),
    ],
)
def test_questions_of_fragments(ptgen: Ptgen, tiny: Tiny, fragment: str, expected: str) -> None:
    tiny.recipe("amp")
    tiny.recipe("mixup", {"slots/train.loss": f"{{% if {fragment} %}}\nx = 1\n{{% endif %}}\n"})
    (problem,) = problems(ptgen, tiny)
    assert problem.startswith(f"recipes/mixup/slots/train.loss:1: {expected}")


def test_tests_name_only_their_recipe_and_its_tasks(ptgen: Ptgen, tiny: Tiny) -> None:
    tiny.recipe("amp")
    tiny.recipe("mixup", tasks=["sorting"])
    test = "def test_mixup() -> None:\n    pass\n{{% if {} %}}\n{{% endif %}}\n"
    path = "recipes/mixup/files/tests/test_mixup.py"
    for question in ('"mixup" in chosen', 'task == "sorting"'):
        tiny.write(path, test.format(question))
        ptgen("check", tiny.folder)
    tiny.write(path, test.format('"amp" in recipes or "sorting" in chosen'))
    assert [line.split(";")[0] for line in problems(ptgen, tiny)] == [
        f"{path}:3: PT407 names amp",
        f"{path}:3: PT407 names sorting",
    ]
    tiny.write(path, test.format('"mixup" in recipes'))
    assert problems(ptgen, tiny)[0].startswith(f"{path}:3: PT408 ")


def test_references_name_only_their_recipe(ptgen: Ptgen, tiny: Tiny) -> None:
    tiny.recipe("amp")
    tiny.recipe("mixup", {"reference.py": 'NAMES = ["mixup", "amplitude",\n         "amp"]\n'})
    assert problems(ptgen, tiny) == [
        "recipes/mixup/reference.py:2: PT407 names amp; a reference is of one recipe: "
        "move this to amp"
    ]


def test_the_template_names_no_recipe_in_paths_either(ptgen: Ptgen, tiny: Tiny) -> None:
    path = 'template/{% if task == "sorting" %}sort.py{% endif %}.jinja'
    tiny.write(path, "x = 1\n")
    assert problems(ptgen, tiny) == [
        f"{path}: PT406 names sorting; expected a slot or block that sorting fills"
    ]


def test_a_requirement_may_be_a_group(ptgen: Ptgen, tiny: Tiny) -> None:
    tiny.recipe("ddp", group="parallel")
    tiny.recipe("sync", requires=["parallel"])
    ptgen("check", tiny.folder)


def test_a_long_summary(ptgen: Ptgen, tiny: Tiny) -> None:
    tiny.recipe("mixup", summary="x" * 81)
    said = "summary: has 81 characters; expected one line of at most 80"
    assert problems(ptgen, tiny) == [f"recipes/mixup/recipe.yml:3: PT112 {said}"]


def test_files_are_there_and_listed(ptgen: Ptgen, tiny: Tiny) -> None:
    files = ["package/ops/mixup.py", "tests/test_mixup.py"]
    tiny.recipe("mixup", {"files/package/ops/mix.py": "x = 1\n"}, files=files)
    tiny.write("recipes/mixup/files/package/ops/__pycache__/mix.pyc", "compiled")
    assert problems(ptgen, tiny) == [
        "recipes/mixup/files/package/ops/mix.py: PT304 is not among the files of recipe.yml; "
        "run ptgen check --fix",
        "recipes/mixup/recipe.yml:8: PT304 files: files/package/ops/mixup.py is missing; add it, "
        "or run ptgen check --fix",
    ]


def test_files_of_the_template_are_not_replaced(ptgen: Ptgen, tiny: Tiny) -> None:
    files = ["tests/test_mixup.py", "package/config.py"]
    tiny.recipe("mixup", {"files/package/config.py": "x = 1\n"}, files=files)
    assert problems(ptgen, tiny) == [
        "recipes/mixup/recipe.yml:9: PT305 files: package/config.py is a file of the template "
        "itself"
    ]


@pytest.mark.parametrize("part", ["files", "blocks", "config"])
@pytest.mark.parametrize(
    ("mixup", "cutmix", "meet"),
    [
        ({}, {}, True),
        ({"group": "mixing"}, {"group": "cutting"}, True),
        ({"group": "mixing"}, {"group": "mixing"}, False),
        ({"conflicts": {"cutmix": "same"}}, {"conflicts": {"mixup": "same"}}, False),
        ({"tasks": ["sorting"]}, {"tasks": ["searching"]}, False),
        ({"tasks": ["sorting"]}, {"tasks": "all"}, True),
        ({"kind": "part", "default_of": "mixing"}, {"group": "mixing"}, False),
        ({"kind": "part", "default_of": "mixing"}, {"group": "cutting"}, True),
        ({"kind": "part"}, {"conflicts": {"mixes": "same"}}, False),
        ({"kind": "part"}, {}, True),
    ],
)
def test_recipes_that_can_meet_share_no_file_block_or_flag(
    ptgen: Ptgen,
    tiny: Tiny,
    part: str,
    mixup: dict[str, Any],
    cutmix: dict[str, Any],
    meet: bool,
) -> None:
    """The recipe ``mixes`` requires mixup, where that is a part."""
    tiny.task("searching")
    if mixup.get("kind") == "part" and "default_of" not in mixup:
        apart = {"conflicts": {"cutmix": "same"}} if "conflicts" in cutmix else {}
        tiny.recipe("mixes", requires=["mixup"], **apart)
    for name, keys in (("mixup", mixup), ("cutmix", cutmix)):
        if part == "files":
            files = ["package/ops/mix.py", f"tests/test_{name}.py"]
            tiny.recipe(name, {"files/package/ops/mix.py": "x = 1\n"}, **keys, files=files)
        elif part == "blocks":
            tiny.recipe(name, {"blocks/train.update": "x = 1\n"}, **keys)
        else:
            tiny.recipe(name, **keys, config=[ALPHA])
    if not meet:
        ptgen("check", tiny.folder)
        return
    (problem,) = problems(ptgen, tiny)
    codes = {"files": "PT305", "blocks": "PT403", "config": "PT209"}
    assert problem.split()[1] == codes[part]


@pytest.mark.parametrize(
    ("condition", "meet"),
    [
        ('task == "searching"', False),
        ('task != "sorting"', False),
        ('task in ["searching"]', False),
        ('task not in ["searching"]', True),
        ('task == "sorting"', True),
        ('"mixup" in chosen', True),
    ],
)
def test_a_block_may_be_shared_out_by_task(
    ptgen: Ptgen, tiny: Tiny, condition: str, meet: bool
) -> None:
    tiny.task("searching")
    tiny.recipe("cutmix", {"blocks/train.update": "x = 1\n"}, tasks=["sorting"])
    fragment = f"\n{{% if {condition} %}}\nx = 1\n{{% endif %}}\n"
    tiny.recipe("mixup", {"blocks/train.update": fragment})
    if meet:
        assert [line.split()[1] for line in problems(ptgen, tiny)] == ["PT403"]
    else:
        ptgen("check", tiny.folder)


def test_a_default_may_require_another(ptgen: Ptgen, tiny: Tiny) -> None:
    tiny.part("digits", default_of="data-source")
    tiny.part("canvases", default_of="data-source", requires=["digits"])
    ptgen("check", tiny.folder)


def test_slots_and_blocks_exist(ptgen: Ptgen, tiny: Tiny) -> None:
    fragments = {
        "slots/train.los": "x = 1\n",
        "slots/train.update": "x = 1\n",
        "slots/model.imports": "import os\n",
        "blocks/train.loss": "x = 1\n",
    }
    tiny.recipe("mixup", fragments)
    assert problems(ptgen, tiny) == [
        "recipes/mixup/blocks/train.loss: PT401 there is no block train.loss",
        "recipes/mixup/slots/model.imports: PT401 there is no slot model.imports; "
        "did you mean train.imports?",
        "recipes/mixup/slots/train.los: PT401 there is no slot train.los; did you mean train.loss?",
        "recipes/mixup/slots/train.update: PT401 there is no slot train.update; "
        "did you mean train.imports?",
    ]


def test_a_recipe_may_offer_slots_and_blocks(ptgen: Ptgen, tiny: Tiny) -> None:
    text = '{% from "composition/slots.jinja" import slot, expression with context %}\n'
    text += '{{ slot("sort.step") }}\n{{ expression("sort.key", "x") }}\n'
    tiny.part("sorter", {"files/package/sort.py": text}, files=["package/sort.py"])
    fragments = ("slots/sort.step", "blocks/sort.key")
    tiny.recipe("mixup", dict.fromkeys(fragments, "x\n"), requires=["sorter"])
    ptgen("check", tiny.folder)


def test_defaults_that_two_recipes_change_are_given_where_both_are(
    ptgen: Ptgen, tiny: Tiny
) -> None:
    tiny.recipe("amp", defaults={"lr": 1})
    tiny.recipe("mixup", defaults={"lr": 2})
    tiny.recipe("warm", config=[{"name": "lr", "type": "int", "default": 0, "help": "Rate"}])
    (said,) = [line for line in problems(ptgen, tiny) if "PT215" in line]
    assert said.endswith("expected a value for that, {default: ..., amp: ...}")
    tiny.recipe("mixup", defaults={"lr": {"default": 2, "amp": 3, "ema": 4}})
    (said,) = [line for line in problems(ptgen, tiny) if "PT215" in line]
    assert said.endswith("PT215 defaults: there is no other recipe ema")
    tiny.recipe("mixup", defaults={"lr": {"amp": 3}})
    (said,) = [line for line in problems(ptgen, tiny) if "PT215" in line]
    assert said.endswith("PT215 defaults: lr: expected a value for default beside the others")
    tiny.recipe("mixup", defaults={"lr": {"default": 2, "amp": 3}})
    assert "4 recipes are valid" in ptgen("check", tiny.folder, status=0).output


def test_dependencies_agree(ptgen: Ptgen, tiny: Tiny) -> None:
    tiny.recipe("amp", dependencies=["Tensor_Board>=2.19", "scipy"])
    tiny.recipe("mixup", dependencies=["tensor-board>=2.20", "numpy>=2", "scipy"])
    assert problems(ptgen, tiny) == [
        "recipes/mixup/recipe.yml:13: PT210 dependencies: tensor-board>=2.20, "
        "but amp has Tensor_Board>=2.19; expected the same",
        "recipes/mixup/recipe.yml:14: PT210 dependencies: numpy>=2, "
        "but the template has numpy>=1.26; expected the same",
    ]


@pytest.mark.parametrize(
    ("floor", "expected"),
    [
        (
            {"sorting": {"at_most": 1, "reason": "x"}},
            ":13: PT212 floor.sorting: expected at_least: ",
        ),
        ({"sorted": {"at_least": 0, "reason": "x"}}, ":13: PT212 floor: mixup does not apply to a"),
        ({"sorting": {"reason": "x"}}, ":13: PT104 floor.sorting: expected one of at_least and at"),
        ({"sorting": {"at_least": 0}}, ":13: PT102 floor.sorting.reason: is missing"),
        ({"sorting": 0.8}, ":13: PT104 floor.sorting: expected a mapping: {key: value}"),
        (
            {"metric": "a", "at_most": 1, "epochs": 1},
            ":12: PT111 floor: expected one for each task",
        ),
        ({"metric": "a", "at_most": 1, "epochs": 0}, ":15: PT104 floor.epochs: expected greater"),
    ],
)
def test_floors_of_recipes(ptgen: Ptgen, tiny: Tiny, floor: dict[str, Any], expected: str) -> None:
    tiny.recipe("mixup", floor=floor)
    (problem,) = problems(ptgen, tiny)
    assert problem.startswith(f"recipes/mixup/recipe.yml{expected}")


def test_a_task_needs_a_floor(ptgen: Ptgen, tiny: Tiny) -> None:
    tiny.task("searching", floor=None)
    assert problems(ptgen, tiny)[0].startswith(
        "recipes/searching/recipe.yml:1: PT111 floor: a task needs one: {metric: ..., "
    )


@pytest.mark.parametrize(
    ("parts", "keys", "expected"),
    [
        ({}, {"scripts": ["predict.py"]}, "recipe.yml:13: PT306 scripts: predict.py is not among"),
        ({}, {"smoke": {"prepare": "smoke.py"}}, "recipe.yml:13: PT307 smoke.prepare: expected sm"),
        ({"smoke.py": "x ="}, {"smoke": {"prepare": "smoke.py"}}, "smoke.py:1: PT308 is not valid"),
        ({"slots/train.loss": "x"}, {"order": {"train.log": 1}}, "recipe.yml:7: PT405 order: mixu"),
    ],
)
def test_files_that_the_manifest_speaks_of(
    ptgen: Ptgen, tiny: Tiny, parts: dict[str, str], keys: dict[str, Any], expected: str
) -> None:
    tiny.recipe("mixup", parts, **keys)
    (problem,) = problems(ptgen, tiny)
    assert problem.startswith(f"recipes/mixup/{expected}")


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("## Settings", "## Flags", "15: PT503 the headings are "),
        ("## Use it\n", "## Use it\n\nx\n\n## Use it\n", "11: PT503 the headings are "),
        ("## Use it\n", "```\n## Use it\n```\n", "13: PT503 the headings are "),
        ("| How much |", "| How often |", "15: PT506 Settings differs from recipe.yml"),
        ("|---|---|---|---|\n", "", "15: PT506 Settings differs from recipe.yml"),
        ("- Paper", "* Paper", "21: PT507 Source differs from recipe.yml"),
    ],
)
def test_readmes(ptgen: Ptgen, tiny: Tiny, old: str, new: str, expected: str) -> None:
    tiny.recipe("mixup", config=[ALPHA])
    tiny.edit("recipes/mixup/README.md", old, new)
    assert problems(ptgen, tiny)[0].startswith(f"recipes/mixup/README.md:{expected}")


def test_composes_with_names_recipes(ptgen: Ptgen, tiny: Tiny) -> None:
    tiny.recipe("amp")
    tiny.recipe("mixup")
    text = "## Composes with\n\n- `amp`: mixes before `autocast`\n- `apm`: not at all\n\n## Source"
    tiny.edit("recipes/mixup/README.md", "## Composes with\n\nA sentence.\n\n## Source", text)
    assert problems(ptgen, tiny) == [
        "recipes/mixup/README.md:14: PT505 there is no recipe apm; did you mean amp?"
    ]


def test_a_template_without_recipes(ptgen: Ptgen, tiny: Tiny) -> None:
    (tiny.folder / "recipes").rename(tiny.folder / "receipts")
    assert problems(ptgen, tiny) == [
        "recipes: PT201 there is no recipe; start one: ptgen recipe new NAME"
    ]


def test_former_names_are_free(ptgen: Ptgen, tiny: Tiny) -> None:
    tiny.recipe("ema", formerly=["average"])
    tiny.recipe("mixup", formerly=["average", "ema", "mixed"])
    reasons = "mixed: two are enough\nema: |\n  it\n  is gone\nmixes: 2\n"
    tiny.write("recipes/withdrawn.yml", reasons)
    assert problems(ptgen, tiny) == [
        "recipes/mixup/recipe.yml:13: PT211 formerly: ema was average, too; only one can have been",
        "recipes/mixup/recipe.yml:14: PT211 formerly: ema is the name of a recipe",
        "recipes/withdrawn.yml:2: PT211 ema: expected the reason, in one line of text",
        "recipes/withdrawn.yml:5: PT211 mixes: expected the reason, in one line of text",
    ]
    tiny.write("recipes/withdrawn.yml", "mixed: two are enough\nsorting: gone\n")
    said = "formerly: mixed is in recipes/withdrawn.yml, too; delete one of them"
    assert problems(ptgen, tiny)[2:] == [
        f"recipes/mixup/recipe.yml:15: PT211 {said}",
        "recipes/withdrawn.yml: PT211 sorting is there; take it out of this list",
    ]
    tiny.write("recipes/withdrawn.yml", "- mixed\n")
    assert "recipes/withdrawn.yml:1: PT211 expected a mapping, such as" in problems(ptgen, tiny)[2]
    tiny.write("recipes/withdrawn.yml", "mixed: [\n")
    assert "recipes/withdrawn.yml:2: PT211 not YAML: " in problems(ptgen, tiny)[2]
