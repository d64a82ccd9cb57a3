"""``ptgen check`` names every problem of every recipe, with its file and line."""

from typing import Any

import pytest

from .conftest import Ptgen, Tiny

ALPHA = {"name": "alpha", "type": "float", "default": 0.2, "help": "How much", "range": "[0, 1]"}


def problems(ptgen: Ptgen, tiny: Tiny) -> list[str]:
    """Return the problems that ``ptgen check`` reports."""
    result = ptgen("check", tiny.folder, status=1)
    assert result.stdout == ""
    return [line.removeprefix("error: ") for line in result.stderr.splitlines()]


def test_sound_recipes(ptgen: Ptgen, tiny: Tiny) -> None:
    tiny.recipe("mixup", {"slots/train.loss": "x = 1\n", "slots/train.imports": "import os\n"})
    tiny.recipe("amp", {"blocks/train.update": "y = 2\n"}, config=[ALPHA])
    assert ptgen("check", tiny.folder).stdout == "3 recipes are sound\n"


def test_the_current_folder_is_checked_if_it_is_a_template(
    ptgen: Ptgen, tiny: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tiny.folder)
    assert ptgen("check").stdout == "1 recipe is sound\n"


def test_the_recipes_of_this_repository_are_sound(ptgen: Ptgen) -> None:
    ptgen("check")


def test_a_folder_that_is_no_template(ptgen: Ptgen) -> None:
    assert "is no template: it has no copier.yml" in ptgen("check", ".", status=1).stderr


def test_all_problems_come_at_once_in_the_order_of_files_and_lines(
    ptgen: Ptgen, tiny: Tiny
) -> None:
    tiny.recipe("mixup", {"slots/train.los": "x = 1\n"}, summary="Mix.", order="x")
    tiny.recipe("amp", kind="thing", requires=["clip"], category="magic")
    assert problems(ptgen, tiny) == [
        "recipes/amp/recipe.yml:2: kind: expected 'recipe', 'task' or 'part'",
        "recipes/amp/recipe.yml:4: category: expected 'task', 'layers', 'ops', 'data', 'losses', "
        "'optimisation', 'training', 'distributed', 'logging', 'visualisation', 'evaluation', "
        "'export' or 'tooling'",
        "recipes/mixup/recipe.yml:6: order: expected a valid integer or expected a valid dictionary",
    ]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("name: mixup", "name: [", "recipe.yml:3: not YAML: "),
        ("name: mixup", "name: Mixup", "recipe.yml:1: name: 'Mixup' is no name; expected ^[a-z]"),
        ("name: mixup", "name: cutmix", "recipe.yml:1: name: 'cutmix' differs from the folder"),
        ("name: mixup\n", "", "recipe.yml:1: name: is missing"),
        ("kind: recipe", "kind: task", "recipe.yml:4: category: 'training' does not fit the kind"),
        ("order: 50", "ordr: 50", "recipe.yml:6: ordr: is no key that is known here"),
        ("order: 50", "order: '50'", "recipe.yml:6: order: expected a valid integer"),
        ("order: 50", "group: Data", "recipe.yml:6: group: 'Data' is no name"),
        ("order: 50", "conflicts: [amp]", "recipe.yml:6: conflicts: expected a valid dictionary"),
        ("order: 50", "conflicts: {amp: ''}", "recipe.yml:6: conflicts.amp: String should have"),
        ("order: 50", "dependencies: [numpy=1]", "recipe.yml:6: dependencies.0: 'numpy=1' is no"),
        ("order: 50", "floor: {metric: a, epochs: 1}", "recipe.yml:6: floor: expected at_least"),
        ("stable", "fine", "recipe.yml:9: status: expected 'stable' or 'experimental'"),
        ("- tests/test_mixup.py", "- /etc/x", "recipe.yml:8: files.0: '/etc/x' is no path"),
        ("- tests/test_mixup.py", "- ../x", "recipe.yml:8: files.0: '../x' would land outside"),
        ("- tests/test_mixup.py", "- a/../../x", "recipe.yml:8: files.0: 'a/../../x' would land"),
        ("- tests/test_mixup.py", "- a\\b", "recipe.yml:8: files.0: 'a\\\\b' is no path"),
        ("- tests/test_mixup.py", "- .git/config", "recipe.yml:8: files.0: '.git/config' would"),
        ("- tests/test_mixup.py", "- x\n- x", "recipe.yml:7: files: listed twice: x"),
    ],
)
def test_manifests(ptgen: Ptgen, tiny: Tiny, old: str, new: str, expected: str) -> None:
    tiny.recipe("mixup")
    tiny.edit("recipes/mixup/recipe.yml", old, new)
    assert f"recipes/mixup/{expected}" in "\n".join(problems(ptgen, tiny))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"type": "number"}, "type: expected 'int', 'float', 'str' or 'bool'"),
        ({"name": "Alpha"}, "name: 'Alpha' is no name"),
        ({"default": "1e-3"}, "default: '1e-3' is no float; YAML wants 1.0e-3 for 1e-3"),
        ({"type": "int", "default": 0.5}, "default: 0.5 is no int"),
        ({"type": "int", "default": True}, "default: True is no int"),
        ({"default": float("inf"), "range": "[0, inf]"}, "default: inf is not finite"),
        ({"default": 2}, "default: 2 does not lie in the range [0, 1]"),
        ({"default": 0.0, "range": "(0, 1]"}, "default: 0.0 does not lie in the range (0, 1]"),
        ({"range": "0 to 1"}, "range: '0 to 1' is no interval"),
        ({"range": "[0, x]"}, "range: '[0, x]' has an end that is no number"),
        ({"range": "[1, 0]"}, "range: '[1, 0]' is empty"),
        ({"type": "bool", "default": True}, "range: a bool has no range"),
        ({"choices": [0.1, 0.3]}, "default: 0.2 is none of the choices [0.1, 0.3]"),
        ({"choices": ["much"]}, "choices: 'much' is no float"),
        ({"choices": []}, "choices: List should have at least 1 item"),
        ({"help": ""}, "help: String should have at least 1 character"),
    ],
)
def test_settings(ptgen: Ptgen, tiny: Tiny, change: dict[str, Any], expected: str) -> None:
    tiny.recipe("mixup", config=[ALPHA | change])
    said = "\n".join(problems(ptgen, tiny))
    assert f": config.0.{expected}" in said
    line = int(said.split("recipes/mixup/recipe.yml:")[1].split(":")[0])
    text = (tiny.folder / "recipes/mixup/recipe.yml").read_text().splitlines()
    assert expected.split(":")[0] in text[line - 1]


def test_a_setting_that_is_there_twice(ptgen: Ptgen, tiny: Tiny) -> None:
    tiny.recipe("mixup", config=[ALPHA, ALPHA])
    assert problems(ptgen, tiny) == [
        "recipes/mixup/recipe.yml:10: config: two settings are called alpha"
    ]


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({"tasks": ["sorting", "sort"]}, ":7: tasks: no task sort; did you mean sorting?"),
        ({"requires": ["amb"]}, ":11: requires: no other recipe or group amb; did you mean amp?"),
        ({"requires": ["mixup"]}, ":11: requires: no other recipe or group mixup"),
        ({"requires": ["sorting"]}, ":11: requires: no other recipe or group sorting"),
        ({"conflicts": {"amb": "no"}}, ":11: conflicts: no other recipe amb; did you mean amp?"),
    ],
)
def test_names(ptgen: Ptgen, tiny: Tiny, keys: dict[str, Any], expected: str) -> None:
    tiny.recipe("amp")
    tiny.recipe("mixup", **keys)
    assert problems(ptgen, tiny) == [f"recipes/mixup/recipe.yml{expected}"]


def test_a_requirement_may_be_a_group(ptgen: Ptgen, tiny: Tiny) -> None:
    tiny.recipe("ddp", group="parallel")
    tiny.recipe("sync", requires=["parallel"])
    ptgen("check", tiny.folder)


def test_conflicts_are_mutual(ptgen: Ptgen, tiny: Tiny) -> None:
    tiny.recipe("amp")
    tiny.recipe("mixup", conflicts={"amp": "they clash"})
    assert problems(ptgen, tiny) == [
        "recipes/amp/recipe.yml:1: conflicts: mixup is missing, which names amp in its own"
    ]


@pytest.mark.parametrize(
    ("summary", "expected"),
    [
        ("Mix samples.", "summary: ends with a full stop; leave it out"),
        ("x" * 81, "summary: has 81 characters; expected a line of at most 80"),
    ],
)
def test_summaries(ptgen: Ptgen, tiny: Tiny, summary: str, expected: str) -> None:
    tiny.recipe("mixup", summary=summary)
    assert problems(ptgen, tiny) == [f"recipes/mixup/recipe.yml:3: {expected}"]


def test_files_are_there_and_listed(ptgen: Ptgen, tiny: Tiny) -> None:
    files = ["package/ops/mixup.py", "tests/test_mixup.py"]
    tiny.recipe("mixup", {"files/package/ops/mix.py": "x = 1\n"}, files=files)
    tiny.write("recipes/mixup/files/package/ops/__pycache__/mix.pyc", "compiled")
    assert problems(ptgen, tiny) == [
        "recipes/mixup/files/package/ops/mix.py: is not among the files of recipe.yml",
        "recipes/mixup/recipe.yml:8: files: files/package/ops/mixup.py is not there",
    ]


def test_files_of_the_template_are_not_replaced(ptgen: Ptgen, tiny: Tiny) -> None:
    files = ["tests/test_mixup.py", "train.py", "package/config.py"]
    own = {"files/train.py": "x = 1\n", "files/package/config.py": "x = 1\n"}
    tiny.recipe("mixup", own, files=files)
    assert problems(ptgen, tiny) == [
        "recipes/mixup/recipe.yml:9: files: train.py is a file of the template itself",
        "recipes/mixup/recipe.yml:10: files: package/config.py is a file of the template itself",
    ]


@pytest.mark.parametrize("part", ["files", "blocks"])
@pytest.mark.parametrize(
    ("mixup", "cutmix", "meet"),
    [
        ({}, {}, True),
        ({"group": "mixing"}, {"group": "cutting"}, True),
        ({"group": "mixing"}, {"group": "mixing"}, False),
        ({"conflicts": {"cutmix": "same"}}, {"conflicts": {"mixup": "same"}}, False),
        ({"tasks": ["sorting"]}, {"tasks": ["searching"]}, False),
        ({"tasks": ["sorting"]}, {"tasks": "all"}, True),
    ],
)
def test_recipes_that_can_meet_do_not_share_files_or_blocks(
    ptgen: Ptgen,
    tiny: Tiny,
    part: str,
    mixup: dict[str, Any],
    cutmix: dict[str, Any],
    meet: bool,
) -> None:
    tiny.task("searching")
    for name, keys in (("mixup", mixup), ("cutmix", cutmix)):
        if part == "files":
            files = ["package/ops/mix.py", f"tests/test_{name}.py"]
            tiny.recipe(name, {"files/package/ops/mix.py": "x = 1\n"}, **keys, files=files)
        else:
            tiny.recipe(name, {"blocks/train.update": "x = 1\n"}, **keys)
    if not meet:
        ptgen("check", tiny.folder)
        return
    (problem,) = problems(ptgen, tiny)
    assert ("cutmix brings package/ops/mix.py, too" in problem) == (part == "files")
    assert ("blocks/train.update: cutmix replaces this block, too" in problem) == (part == "blocks")


def test_slots_and_blocks_exist(ptgen: Ptgen, tiny: Tiny) -> None:
    fragments = {
        "slots/train.los": "x = 1\n",
        "slots/train.update": "x = 1\n",
        "slots/model.imports": "import os\n",
        "blocks/train.loss": "x = 1\n",
    }
    tiny.recipe("mixup", fragments)
    assert problems(ptgen, tiny) == [
        "recipes/mixup/blocks/train.loss: the template has no block train.loss",
        "recipes/mixup/slots/model.imports: the template has no slot model.imports; "
        "did you mean train.imports?",
        "recipes/mixup/slots/train.los: the template has no slot train.los; "
        "did you mean train.loss?",
        "recipes/mixup/slots/train.update: the template has no slot train.update; "
        "did you mean train.imports?",
    ]


def test_a_recipe_may_offer_slots_and_blocks(ptgen: Ptgen, tiny: Tiny) -> None:
    text = '{{ slot("sort.step") }}{{ expression("sort.key", "x") }}{{ "" if filled("sort.end") }}'
    tiny.task("sorting", {"files/package/sort.py": text}, files=["package/sort.py"])
    fragments = ("slots/sort.step", "blocks/sort.key", "slots/sort.end")
    tiny.recipe("mixup", dict.fromkeys(fragments, "x\n"))
    said = problems(ptgen, tiny)
    assert not [line for line in said if line.startswith("recipes/mixup")]


@pytest.mark.parametrize("path", ["slots/train.loss", "blocks/train.update"])
def test_fragments_are_not_empty(ptgen: Ptgen, tiny: Tiny, path: str) -> None:
    tiny.recipe("mixup", {path: "\n"})
    assert problems(ptgen, tiny) == [
        f"recipes/mixup/{path}: is empty; write what goes there, or remove it"
    ]


def test_fragments_are_jinja(ptgen: Ptgen, tiny: Tiny) -> None:
    tiny.recipe("mixup", {"slots/train.loss": "x = 1\n{% if x %}\n"})
    (problem,) = problems(ptgen, tiny)
    assert problem.startswith("recipes/mixup/slots/train.loss:2: not Jinja: Unexpected end of")


def test_flags_are_told_apart(ptgen: Ptgen, tiny: Tiny) -> None:
    epochs = {"name": "epochs", "type": "int", "default": 1, "help": "Passes"}
    tiny.task("sorting", config=[ALPHA])
    tiny.task("searching", config=[ALPHA])  # never in one project with the other task
    tiny.recipe("mixup", config=[ALPHA, epochs])
    assert problems(ptgen, tiny) == [
        "recipes/mixup/recipe.yml:11: config.0: --alpha is a flag of searching already",
        "recipes/mixup/recipe.yml:16: config.1: --epochs is a flag of every project",
    ]


def test_dependencies_agree(ptgen: Ptgen, tiny: Tiny) -> None:
    tiny.recipe("amp", dependencies=["Tensor_Board>=2.19", "scipy"])
    tiny.recipe("mixup", dependencies=["tensor-board>=2.20", "numpy>=2", "scipy"])
    assert problems(ptgen, tiny) == [
        "recipes/mixup/recipe.yml:11: dependencies: tensor-board>=2.20, "
        "but amp has Tensor_Board>=2.19; expected the same",
        "recipes/mixup/recipe.yml:12: dependencies: numpy>=2, "
        "but the template has numpy>=1.26; expected the same",
    ]


@pytest.mark.parametrize("text", ["", "def check():\n    pass\n"])
def test_there_is_an_oracle(ptgen: Ptgen, tiny: Tiny, text: str) -> None:
    tiny.recipe("grad-clip", {"files/tests/test_grad_clip.py": text})
    assert problems(ptgen, tiny) == [
        "recipes/grad-clip: has no test; expected an oracle's in files/tests/test_grad_clip.py"
    ]


def test_a_recipe_that_has_no_readme(ptgen: Ptgen, tiny: Tiny) -> None:
    (tiny.recipe("mixup") / "README.md").unlink()
    assert problems(ptgen, tiny) == ["recipes/mixup/README.md: is not there"]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("# mixup\n", "# Mixup\n", "1: the title is 'Mixup'; expected # mixup"),
        ("## Use it", "## Usage", "7: the headings are 'What it does', 'Usage', "),
        ("## Settings", "## Flags", "19: the headings are "),
        ("## Use it\n", "## Use it\n\n## Use it\n", "9: the headings are "),
        ("## Source\n\nA paper.\n", "## Source\n", "23: nothing is written under 'Source'"),
        ("## Use it\n", "```\n## Use it\n```\n", "13: the headings are "),
        ("`--alpha`", "Nothing.", "19: --alpha is not named under 'Settings'"),
        ("`--alpha`", "`--alpha` `--beta`", "21: --beta is no setting of this recipe"),
    ],
)
def test_readmes(ptgen: Ptgen, tiny: Tiny, old: str, new: str, expected: str) -> None:
    tiny.recipe("mixup", config=[ALPHA])
    tiny.edit("recipes/mixup/README.md", old, new)
    assert f"recipes/mixup/README.md:{expected}" in "\n".join(problems(ptgen, tiny))


def test_composes_with_names_recipes(ptgen: Ptgen, tiny: Tiny) -> None:
    tiny.recipe("amp")
    tiny.recipe("mixup")
    text = "## Composes with\n\n- `amp`: mixes before `autocast`\n- `apm`: not at all\n\n## Source"
    tiny.edit("recipes/mixup/README.md", "## Composes with\n\nA sentence.\n\n## Source", text)
    assert problems(ptgen, tiny) == [
        "recipes/mixup/README.md:18: there is no recipe apm; did you mean amp?"
    ]


def test_links_and_strangers(ptgen: Ptgen, tiny: Tiny) -> None:
    folder = tiny.recipe("mixup", {"slot/train.loss": "x = 1\n"})
    (folder / "slots").mkdir()
    (folder / "slots/train.loss").symlink_to("/etc/passwd")
    said = problems(ptgen, tiny)
    expected = "unknown; expected README.md, blocks, files, recipe.yml, slots"
    assert f"recipes/mixup/slot: {expected}" in said
    assert "recipes/mixup/slots/train.loss: is a symbolic link; expected a file" in said


def test_a_folder_without_a_manifest(ptgen: Ptgen, tiny: Tiny) -> None:
    (tiny.folder / "recipes/mixup").mkdir()
    assert problems(ptgen, tiny) == ["recipes/mixup: has no recipe.yml"]


def test_a_template_without_recipes(ptgen: Ptgen, tiny: Tiny) -> None:
    (tiny.folder / "recipes").rename(tiny.folder / "receipts")
    assert problems(ptgen, tiny) == [
        f"{tiny.folder}/recipes: holds no recipe; start one: ptgen recipe new NAME"
    ]


def test_a_template_without_tasks(ptgen: Ptgen, tiny: Tiny) -> None:
    (tiny.folder / "recipes/sorting").rename(tiny.folder / "sorting")
    tiny.recipe("mixup")
    assert problems(ptgen, tiny) == [
        f"{tiny.folder}/recipes: no manifest with kind: task; a project needs a task"
    ]


def test_a_task_needs_a_floor_and_a_recipe_has_none(ptgen: Ptgen, tiny: Tiny) -> None:
    tiny.task("sorting", floor=None)
    tiny.recipe("mixup", floor={"metric": "val_loss", "at_most": 1, "epochs": 3})
    assert problems(ptgen, tiny) == [
        "recipes/mixup/recipe.yml:10: floor: only a task has a floor",
        "recipes/sorting/recipe.yml:1: a task needs a floor: {metric, at_least or at_most, epochs}",
    ]


def test_former_names_are_free(ptgen: Ptgen, tiny: Tiny) -> None:
    tiny.recipe("ema", formerly=["average"])
    tiny.recipe("mixup", formerly=["average", "ema", "mixed"])
    reasons = "mixed: two are enough\nema: |\n  it\n  is gone\nmixes: 2\n"
    tiny.write("recipes/withdrawn.yml", reasons)
    assert problems(ptgen, tiny) == [
        "recipes/mixup/recipe.yml:11: formerly: ema was average, too; only one can have been",
        "recipes/mixup/recipe.yml:12: formerly: ema is the name of a recipe that is there",
        "recipes/withdrawn.yml:2: ema: expected why, in a line of text",
        "recipes/withdrawn.yml:5: mixes: expected why, in a line of text",
    ]
    tiny.write("recipes/withdrawn.yml", "mixed: two are enough\nsorting: gone\n")
    said = "formerly: mixed is in recipes/withdrawn.yml, too; one must go"
    assert problems(ptgen, tiny)[2:] == [
        f"recipes/mixup/recipe.yml:13: {said}",
        "recipes/withdrawn.yml: sorting is there; take it out of this list",
    ]
    tiny.write("recipes/withdrawn.yml", "- mixed\n")
    assert "recipes/withdrawn.yml:1: expected a mapping, such as" in problems(ptgen, tiny)[2]
    tiny.write("recipes/withdrawn.yml", "mixed: [\n")
    assert "recipes/withdrawn.yml:2: not YAML: " in problems(ptgen, tiny)[2]
