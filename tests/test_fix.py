"""``ptgen check --fix`` writes what follows from manifests and folders, and nothing else."""

from pathlib import Path

import pytest
import yaml

from ptgen.templates.yaml_edit import with_list

from .conftest import Ptgen, Tiny, tree
from .faults import ALPHA


@pytest.mark.parametrize(
    ("before", "values", "after"),
    [
        ("files: [a, b]  # why\nx: 1\n", ["a", "b"], "files: [a, b]  # why\nx: 1\n"),
        ("files: [a, b]  # why\nx: 1\n", ["b", "c/d.py"], "files: [b, c/d.py]  # why\nx: 1\n"),
        ("files: [a, b, c]\n", ["b"], "files: [b]\n"),
        ("files: [a]\n", ["b", "c"], "files: [b, c]\n"),
        ("files: []\n", ["b", "c"], "files: [b, c]\n"),
        ("files: [a]\n", [], "files: []\n"),
        ("files: [\n  a,  # first\n  b,\n]\n", ["a", "c"], "files: [\n  a, c,\n]\n"),
        (
            "files:\n  # the layer\n  - a  # first\n\n  - b\nx: 1\n",
            ["a", "c"],
            "files:\n  # the layer\n  - a  # first\n  - c\n\nx: 1\n",
        ),
        ("files:\n- a\n- b\n# end\n", ["b", "c"], "files:\n- b\n- c\n# end\n"),
        ("files:\n- a", ["a", "b"], "files:\n- a\n- b\n"),
        ("files:\n- a\n- b\nx: 1\n", ["c"], "files:\n- c\nx: 1\n"),
        ("files:\n- a\n- b # last\nx: 1\n", [], "files: [] # last\nx: 1\n"),
        ("name: x\nstatus: stable\n", ["a"], "name: x\nfiles: [a]\nstatus: stable\n"),
        ("name: x", ["a"], "name: x\nfiles: [a]\n"),
        ("files: [ü, a]\nx: é\n", ["a", "a, b", "1"], 'files: [a, "a, b", "1"]\nx: é\n'),
        ("files: 3\n", ["a"], "files: 3\n"),
    ],
)
def test_a_list_in_yaml(before: str, values: list[str], after: str) -> None:
    assert with_list(before, "files", values) == after
    if "3" not in before:
        assert yaml.safe_load(after)["files"] == values


def test_files_of_a_manifest(ptgen: Ptgen, tiny: Tiny) -> None:
    tiny.recipe("mixup", {"files/package/ops/mixup.py": "x = 1\n"})
    tiny.edit("recipes/mixup/recipe.yml", "files:", "files:  # as in a project")
    before = tree(tiny.folder)

    assert ptgen("check", tiny.folder, "--fix").stderr == "Changed recipes/mixup/recipe.yml\n"

    after = tree(tiny.folder)
    assert after.keys() == before.keys()
    (changed,) = [path for path in after if after[path] != before[path]]
    mode, text = before[changed]
    old = b"as in a project\n- tests/test_mixup.py\n"
    new = old + b"- package/ops/mixup.py\n"
    assert after[changed] == (mode, text.replace(old, new))


SECTIONS = """\
# mixup

## What it does

```
## Settings
| in a block of code |
```

## Use it

A sentence.

## Composes with

A sentence.
"""
SETTINGS = """
## Settings

| flag | default | values | meaning |
|---|---|---|---|
| `--alpha` | 0.2 | [0, 1] | How much |
| `--mode` | a | a, b | One \\| the other |
| `--quiet`, `--no-quiet` | off | on, off | Say nothing |
| `--tag` | "" | text | Name |
"""
SOURCE = """
## Source

- Paper: About mixup
- Docs: https://example.com
"""


@pytest.mark.parametrize(
    ("sections", "expected"),
    [
        ("", SETTINGS + SOURCE),
        ("\n## Source\n\nAs in its paper.\n", SETTINGS + SOURCE + "\nAs in its paper.\n"),
        ("\n## Settings\n\n## Source\n", SETTINGS + SOURCE),
        ("\n## Settings\n## Source\n", SETTINGS + SOURCE),
        (
            "\n## Settings\n\n| flag |\n|---|\n| `--beta` |\n\nMore.\n"
            "\n## Source\n\n- Code: x\nMore\n",
            SETTINGS + "\nMore.\n" + SOURCE + "\nMore\n",
        ),
        (
            SETTINGS + "\n- `--alpha`: more\n" + SOURCE + "\n- more\n",
            SETTINGS + "\n- `--alpha`: more\n" + SOURCE + "\n- more\n",
        ),
    ],
)
def test_sections_of_a_readme(ptgen: Ptgen, tiny: Tiny, sections: str, expected: str) -> None:
    mode = {"name": "mode", "type": "str", "default": "a", "choices": ["a", "b"]}
    quiet = {"name": "quiet", "type": "bool", "default": False, "help": "Say nothing"}
    tag = {"name": "tag", "type": "str", "default": "", "help": "Name"}
    settings = [ALPHA, mode | {"help": "One | the other"}, quiet, tag]
    source = {"paper": "About\nmixup", "docs": "https://example.com"}
    tiny.recipe("mixup", {"README.md": SECTIONS + sections}, config=settings, source=source)
    ptgen("check", tiny.folder, "--fix")
    assert (tiny.folder / "recipes/mixup/README.md").read_text() == SECTIONS + expected
    assert ptgen("check", tiny.folder, "--fix").stderr == ""


GROUP = """\
[project]
name = "acme"
dependencies = ["numpy>=1.26"]

[dependency-groups]
dev = ["ptgen"]
# Written by a machine.
recipes = [
    "av>=17", # a comment
    'monai[all]>=1',
    "numpy>=1.25",
]
test = [{include-group = "recipes"}, "pytest"]

[tool.x]
recipes = ["x"]
"""


def test_the_group_of_dependencies(ptgen: Ptgen, tiny: Tiny) -> None:
    tiny.write("pyproject.toml", GROUP)
    tiny.recipe("mixup", dependencies=["Zarr>=2", "monai[all]>=1.4"])
    tiny.recipe("cutmix", dev_dependencies=["monai[all]>=1.4", "scipy>=1.11"])
    assert "PT214 the group recipes differs from the manifests in Zarr>=2, av>=17, mon" in (
        ptgen("check", tiny.folder, status=1).stderr
    )

    assert ptgen("check", tiny.folder, "--fix").stderr == "Changed pyproject.toml\n"

    start, end = GROUP.index('    "av'), GROUP.index("]\ntest")
    lines = ["monai[all]>=1.4", "numpy>=1.26", "scipy>=1.11", "Zarr>=2"]
    written = "".join(f'    "{line}",\n' for line in lines)
    assert (tiny.folder / "pyproject.toml").read_text() == GROUP[:start] + written + GROUP[end:]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[project]\nname = 'x'\n", None),
        ("[dependency-groups]\ndev = ['numpy>=2']\n", None),
        ("[dependency-groups\n", "PT214 is not TOML in UTF-8: "),
        ("[dependency-groups]\nrecipes = ['numpy>=1.26']\n", None),
        ("dependency-groups.recipes = ['numpy>=2']\n", "PT214 the group recipes differs from"),
        ("[dependency-groups]\nrecipes = ['x', {include-group = 'x']\n", "PT214 is not TOML in"),
    ],
)
def test_other_forms_of_pyproject(
    ptgen: Ptgen, tiny: Tiny, text: str, expected: str | None
) -> None:
    tiny.write("pyproject.toml", text)
    result = ptgen("check", tiny.folder, "--fix", status=1 if expected else 0)
    if expected:
        assert result.stderr.startswith(f"error: pyproject.toml: {expected}")
    assert (tiny.folder / "pyproject.toml").read_text() == text


def test_what_cannot_be_fixed_is_reported(ptgen: Ptgen, tiny: Tiny) -> None:
    tiny.recipe("mixup", {"files/package/ops/mixup.py": "x = 1\n"}, summary="Mix.")
    assert ptgen("check", tiny.folder, "--fix", status=1).stderr == (
        "Changed recipes/mixup/recipe.yml\n"
        "error: recipes/mixup/recipe.yml:3: PT112 summary: ends with a full stop; leave it out\n"
    )


def test_a_file_has_the_old_text_or_the_new_one(
    ptgen: Ptgen, tiny: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    tiny.recipe("mixup", {"files/package/ops/mixup.py": "x = 1\n"})
    before = tree(tiny.folder)
    monkeypatch.setattr(Path, "replace", full)
    result = ptgen("check", tiny.folder, "--fix", status=1)
    assert "recipe.yml: No space left on device; free some space and repeat\n" in result.stderr
    assert tree(tiny.folder) == before
