"""For each rule of ``ptgen check``, a template that breaks this rule and no other."""

import shutil
from collections.abc import Callable
from typing import Any

from ptgen.templates.codes import Code

from .conftest import Tiny

ALPHA = {"name": "alpha", "type": "float", "default": 0.2, "help": "How much", "range": "[0, 1]"}
PYPROJECT = """\
[dependency-groups]
# What projects may need.
recipes = [
    "numpy>=1.26",
    "scipy>=1.11",
]
"""


def _recipe(parts: dict[str, str] | None = None, **keys: Any) -> Callable[[Tiny], None]:
    """Return what adds a recipe ``mixup`` with these files and entries of its manifest."""

    def plant(tiny: Tiny) -> None:
        tiny.recipe("mixup", parts, **keys)

    return plant


def _edited(file: str, old: str, new: str, **keys: Any) -> Callable[[Tiny], None]:
    """Return what adds a recipe ``mixup`` and changes one of its files."""

    def plant(tiny: Tiny) -> None:
        tiny.recipe("mixup", **keys)
        tiny.edit(f"recipes/mixup/{file}", old, new)

    return plant


def _written(path: str, text: str) -> Callable[[Tiny], None]:
    """Return what adds a recipe ``mixup`` and a file of the template."""

    def plant(tiny: Tiny) -> None:
        tiny.recipe("mixup")
        tiny.write(path, text)

    return plant


def _beside(other: Callable[[Tiny], object], **keys: Any) -> Callable[[Tiny], None]:
    """Return what adds something else and then a recipe ``mixup``."""

    def plant(tiny: Tiny) -> None:
        other(tiny)
        tiny.recipe("mixup", **keys)

    return plant


def _no_task(tiny: Tiny) -> None:
    tiny.recipe("mixup")
    shutil.rmtree(tiny.folder / "recipes/sorting")


def _part_of_one_task(tiny: Tiny) -> None:
    tiny.task("searching")
    tiny.part("mixing", tasks=["sorting"])
    tiny.recipe("mixup", requires=["mixing"])


def _unused_part(tiny: Tiny) -> None:
    tiny.part("mixing")


def _two_defaults(tiny: Tiny) -> None:
    tiny.part("digits", default_of="data-source")
    tiny.part("photographs", default_of="data-source")


def _link(tiny: Tiny) -> None:
    (tiny.recipe("mixup") / "slots").mkdir()
    (tiny.folder / "recipes/mixup/slots/train.loss").symlink_to("../README.md")


def _empty_folder(tiny: Tiny) -> None:
    (tiny.folder / "recipes/mixup").mkdir()


def _two_owners_of_a_block(tiny: Tiny) -> None:
    for name in ("cutmix", "mixup"):
        tiny.recipe(name, {"blocks/train.update": "x = 1\n"})


def _no_readme(tiny: Tiny) -> None:
    (tiny.recipe("mixup") / "README.md").unlink()


def _rivals_in_a_preset(tiny: Tiny) -> None:
    for name in ("cosine", "plateau"):
        tiny.recipe(name, group="schedule")
    tiny.write("presets/slow.yml", "summary: Two schedules\nrecipes: [cosine, plateau]\n")


FAULTS: dict[Code, Callable[[Tiny], None]] = {
    Code.INVALID_YAML: _edited("recipe.yml", "kind: recipe", "kind: [recipe"),
    Code.MISSING_KEY: _recipe(summary=None),
    Code.UNKNOWN_KEY: _recipe(sumary="Mix samples"),
    Code.INVALID_VALUE: _recipe(status="fine"),
    Code.INVALID_SETTING: _recipe(config=[ALPHA | {"default": 2.0}]),
    Code.INVALID_ORDER: _recipe(order="first"),
    Code.INVALID_DEPENDENCY: _recipe(dependencies=["numpy=2"]),
    Code.UNSAFE_PATH: _recipe(files=["tests/test_mixup.py", "../mixup.py"]),
    Code.DUPLICATE_ENTRY: _recipe(tasks=["sorting", "sorting"]),
    Code.NAME_MISMATCH: _edited("recipe.yml", "name: mixup", "name: cutmix"),
    Code.KIND_MISMATCH: _recipe(default_of="data-source"),
    Code.SUMMARY_STYLE: _recipe(summary="Mix samples and labels."),
    Code.MISSING_SOURCE: _recipe(source=None),
    Code.NOTHING_TO_CHECK: _no_task,
    Code.UNKNOWN_NAME: _beside(lambda tiny: tiny.recipe("amp"), requires=["amb"]),
    Code.ONE_SIDED_CONFLICT: _beside(
        lambda tiny: tiny.recipe("amp"), conflicts={"amp": "the gradients overflow"}
    ),
    Code.CONTRADICTION: _beside(
        lambda tiny: tiny.recipe("amp", conflicts={"mixup": "the gradients overflow"}),
        conflicts={"amp": "the gradients overflow"},
        requires=["amp"],
    ),
    Code.REQUIREMENT_OUT_OF_TASK: _part_of_one_task,
    Code.UNUSED_PART: _unused_part,
    Code.AMBIGUOUS_DEFAULT: _two_defaults,
    Code.AMBIGUOUS_GROUP: _beside(lambda tiny: tiny.recipe("mixing"), group="mixing"),
    Code.DUPLICATE_FLAG: _beside(
        lambda tiny: tiny.recipe("cutmix", config=[ALPHA]), config=[ALPHA]
    ),
    Code.DEPENDENCY_MISMATCH: _recipe(dependencies=["numpy>=2"]),
    Code.RESERVED_NAME: _recipe(formerly=["sorting"]),
    Code.INVALID_LOWER_FLOOR: _recipe(
        floor={"sorting": {"at_least": 0.95, "reason": "most weights are frozen"}}
    ),
    Code.IMPORT_RECORD: _written(
        "recipes/imported.yml", "cutmix: {source: gh:acme/recipes, version: v1.0.0, digest: ab12}\n"
    ),
    Code.INVALID_DEFAULT: _recipe(defaults={"alhpa": 0.1}),
    Code.OUTDATED_GROUP: _written("pyproject.toml", PYPROJECT),
    Code.UNEXPECTED_FILE: _recipe({"notes.txt": "Look here\n"}),
    Code.SYMBOLIC_LINK: _link,
    Code.MISSING_MANIFEST: _empty_folder,
    Code.FILES_OUT_OF_STEP: _recipe({"files/package/ops/mixup.py": "x = 1\n"}),
    Code.FILE_COLLISION: _recipe(
        {"files/train.py": "x = 1\n"}, files=["tests/test_mixup.py", "train.py"]
    ),
    Code.INVALID_SCRIPT: _recipe(
        {"files/package/predict.py": "x = 1\n"},
        files=["tests/test_mixup.py", "package/predict.py"],
        scripts=["package/predict.py"],
    ),
    Code.SMOKE_SCRIPT: _recipe({"smoke.py": "print()\n"}),
    Code.INVALID_PYTHON: _recipe({"reference.py": "def mix(x:\n    return x\n"}),
    Code.UNKNOWN_SLOT: _recipe({"slots/train.los": "x = 1\n"}),
    Code.EMPTY_FRAGMENT: _recipe({"slots/train.loss": "\n"}),
    Code.BLOCK_REPLACED_TWICE: _two_owners_of_a_block,
    Code.INVALID_JINJA: _recipe({"slots/train.loss": "x = 1\n{% if x %}\n"}),
    Code.UNFILLED_ORDER: _recipe({"slots/train.loss": "x = 1\n"}, order={"train.los": 40}),
    Code.RECIPE_NAMED_IN_TEMPLATE: _written(
        "template/notes.md.jinja", '{% if "mixup" in chosen %}\nMixed.\n{% endif %}\n'
    ),
    Code.RECIPE_NAMED_ELSEWHERE: _beside(
        lambda tiny: tiny.recipe("amp"),
        parts={
            "files/tests/test_mixup.py": 'def test_mixup() -> None:\n    {% if "amp" in chosen %}\n'
            "    pass\n    {% endif %}\n"
        },
    ),
    Code.ASKS_RECIPES: _beside(
        lambda tiny: tiny.recipe("amp"),
        parts={"slots/train.loss": '{% if "amp" in recipes %}\nx = 1\n{% endif %}\n'},
    ),
    Code.INVALID_OUTPUT: _recipe({"slots/train.loss": "x = (1\n"}),
    Code.MISSING_README: _no_readme,
    Code.README_TITLE: _edited("README.md", "# mixup\n", "# Mixup\n"),
    Code.README_HEADINGS: _edited("README.md", "## Use it", "## Usage"),
    Code.EMPTY_SECTION: _edited("README.md", "## Use it\n\nA sentence.\n", "## Use it\n"),
    Code.README_UNKNOWN_NAME: _edited(
        "README.md", "Composes with\n\nA sentence.", "Composes with\n\n- `amp`: in either order"
    ),
    Code.SETTINGS_OUT_OF_STEP: _edited("README.md", "| 0.2 |", "| 0.3 |", config=[ALPHA]),
    Code.SOURCE_OUT_OF_STEP: _edited("README.md", "About mixup", "About cutmix"),
    Code.MISSING_TEST: _recipe({"files/tests/test_mixup.py": "def check():\n    pass\n"}),
    Code.INVALID_PRESET: _written("presets/slow.yml", "recipes: [mixup]\n"),
    Code.PRESET_UNKNOWN_NAME: _written(
        "presets/slow.yml", "summary: Mixed samples\nrecipes: [mixu]\n"
    ),
    Code.PRESET_CONFLICT: _rivals_in_a_preset,
    Code.UNEXPECTED_PRESET: _written("presets/notes.txt", "Look here\n"),
}
