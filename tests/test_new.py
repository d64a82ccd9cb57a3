"""``ptgen new``: one command makes a project."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from .conftest import Ptgen, Tiny, commit_all, git, tree


def test_a_project_is_made_from_the_template_that_ptgen_brings(ptgen: Ptgen) -> None:
    ptgen("new", "myproject")

    assert Path("myproject/train.py").is_file()
    assert Path("myproject/myproject/config.py").is_file()
    answers = yaml.safe_load(Path("myproject/.copier-answers.yml").read_text())
    assert answers["project_name"] == "myproject"
    assert answers["task"] == "classification"


def test_it_says_what_was_made_what_to_do_now_and_how_to_repeat_it(
    ptgen: Ptgen, tiny: Tiny
) -> None:
    tiny.recipe("mixup")
    tiny.recipe("ddp")

    result = ptgen("new", "my-project", "-r", "mixup,ddp", "--template", tiny.folder, "--no-git")

    assert "Created my-project: 7 files for sorting with mixup, ddp." in result.stderr
    assert "cd my-project\n  uv run python train.py --epochs 3\n  uv run pytest" in result.stderr
    again = "ptgen new my-project --task sorting --recipes mixup,ddp"
    assert f"{again} --template {tiny.folder} --no-git\n" in result.stderr
    assert result.stdout == ""


def test_the_command_it_prints_makes_the_same_again(ptgen: Ptgen, tiny: Tiny) -> None:
    tiny.recipe("mixup")
    first = ptgen("new", "one", "-r", "mixup", "--template", tiny.folder, "-d", "package=core")
    again = first.stderr.split("To repeat:\n  ptgen ")[1].strip().split()

    Path("one").rename("first")
    ptgen(*again)

    assert tree(Path("one")) == tree(Path("first"))


def test_recipes_may_be_repeated_or_have_commas_between(ptgen: Ptgen, tiny: Tiny) -> None:
    for name in ("amp", "ddp", "ema"):
        tiny.recipe(name)
    ptgen("new", "one", "--template", tiny.folder, "-r", "amp, ddp", "-r", "ema")

    assert yaml.safe_load(Path("one/.copier-answers.yml").read_text())["recipes"] == [
        "amp",
        "ddp",
        "ema",
    ]


def test_json_is_for_programs(ptgen: Ptgen, tiny: Tiny) -> None:
    tiny.recipe("mixup")

    result = ptgen("new", "some/one", "--template", tiny.folder, "-r", "mixup", "--json")

    assert json.loads(result.stdout) == {
        "path": str(Path("some/one").absolute()),
        "package": "one",
        "task": "sorting",
        "recipes": ["mixup"],
        "installed": ["mixup"],
        "files": [
            ".copier-answers.yml",
            "one/config.py",
            "pyproject.toml",
            "tests/test_mixup.py",
            "tests/test_sorting.py",
            "train.py",
        ],
    }


def test_data_answers_other_questions(ptgen: Ptgen, tiny: Tiny) -> None:
    ptgen("new", "Vision2", "--template", tiny.folder, "--data", "package=eyes")

    assert Path("Vision2/eyes/config.py").is_file()


def test_dry_run_prints_the_plan_and_makes_nothing(ptgen: Ptgen, tiny: Tiny) -> None:
    alpha = {"name": "alpha", "type": "float", "default": 0.2, "help": "How much"}
    tiny.recipe("mixup", config=[alpha], dependencies=["scipy>=1.11"])

    result = ptgen("new", "one", "--template", tiny.folder, "-r", "mixup", "--dry-run")

    assert result.stdout == (
        "one/\n"
        "├── one/\n"
        "│   └── config.py\n"
        "├── tests/\n"
        "│   ├── test_mixup.py\n"
        "│   └── test_sorting.py\n"
        "├── .copier-answers.yml\n"
        "├── pyproject.toml\n"
        "└── train.py\n"
        "\n"
        "dependencies\n"
        "  numpy>=1.26\n"
        "  scipy>=1.11\n"
        "\n"
        "settings of the task and the recipes\n"
        "  --alpha  How much (default 0.2)\n"
    )
    assert list(Path().iterdir()) == []


def test_dry_run_as_json_has_files_dependencies_and_settings(ptgen: Ptgen, tiny: Tiny) -> None:
    result = ptgen("new", "one", "--template", tiny.folder, "--dry-run", "--json")

    plan = json.loads(result.stdout)
    assert plan["files"] == [
        ".copier-answers.yml",
        "one/config.py",
        "pyproject.toml",
        "tests/test_sorting.py",
        "train.py",
    ]
    assert plan["dependencies"] == ["numpy>=1.26"]
    assert plan["settings"] == []
    assert list(Path().iterdir()) == []


def test_the_project_is_a_repository_with_a_first_commit(ptgen: Ptgen, tiny: Tiny) -> None:
    tiny.recipe("mixup")
    ptgen("new", "one", "--template", tiny.folder, "-r", "mixup")

    one = Path("one")
    assert git("status", "--porcelain", cwd=one) == ""
    assert git("branch", "--show-current", cwd=one) == "main\n"
    message = git("log", "--format=%B", cwd=one).splitlines()
    assert message[0].startswith("Start from ptgen ")
    assert message[2:4] == ["Task: sorting", "Recipes: mixup"]
    assert git("log", "--format=%an", cwd=one) == "ptgen\n"


def test_the_first_commit_is_its_owners_where_git_knows_the_owner(ptgen: Ptgen, tiny: Tiny) -> None:
    config = Path.home() / ".gitconfig"
    config.write_text("[user]\nname = Ada\nemail = ada@example.com\n")
    ptgen("new", "one", "--template", tiny.folder)

    assert git("log", "--format=%an <%ae>", cwd=Path("one")) == "Ada <ada@example.com>\n"


def test_hooks_and_signing_of_the_owner_do_not_stop_the_first_commit(
    ptgen: Ptgen, tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook = tiny.write("../hooks/pre-commit", "#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    (Path.home() / ".gitconfig").write_text(
        f"[core]\nhooksPath = {tmp_path}/hooks\n[commit]\ngpgsign = true\n[gpg]\nprogram = false\n"
    )
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))  # as within a hook of git
    ptgen("new", "one", "--template", tiny.folder)

    monkeypatch.delenv("GIT_DIR")
    assert git("status", "--porcelain", cwd=Path("one")) == ""


def test_within_a_work_tree_there_is_no_second_repository(ptgen: Ptgen, tiny: Tiny) -> None:
    commit_all(Path())
    result = ptgen("new", "sub/one", "--template", tiny.folder)

    assert not Path("sub/one/.git").exists()
    assert "It is not a git repository of its own" in result.stderr
    assert git("status", "--porcelain", cwd=Path()) == "?? sub/\n"


@pytest.mark.parametrize("umask", [0o022, 0o077])
def test_the_folder_has_the_permissions_of_any_new_folder(
    ptgen: Ptgen, tiny: Tiny, umask: int
) -> None:
    before = os.umask(umask)
    try:
        ptgen("new", "one", "--template", tiny.folder)
        Path("other").mkdir()
    finally:
        os.umask(before)

    assert Path("one").stat().st_mode == Path("other").stat().st_mode


def test_train_trains_and_tests_the_new_project(tiny: Tiny) -> None:
    tiny.write("template/test.py", "import sys\nprint('test', sys.argv)\n")
    command = [sys.executable, "-m", "ptgen", "new", "one", "--template", str(tiny.folder)]

    done = subprocess.run([*command, "--train"], capture_output=True, text=True, check=True)

    assert "train ['train.py', '--epochs', '3', '--run', 'runs/first']" in done.stderr
    assert "test ['test.py', '--run', 'runs/first']" in done.stderr
    assert done.stdout == ""


def test_train_that_fails_says_how_to_repeat_it(tiny: Tiny) -> None:
    tiny.write("template/train.py.jinja", "raise SystemExit(3)\n")
    command = [sys.executable, "-m", "ptgen", "new", "one", "--template", str(tiny.folder)]

    done = subprocess.run([*command, "--train"], capture_output=True, text=True, check=False)

    assert done.returncode == 1
    again = f"cd one && {sys.executable} train.py --epochs 3 --run runs/first"
    assert f"error: train.py ended with exit status 3; to repeat it: {again}\n" in done.stderr
    assert Path("one/train.py").is_file()


def test_the_real_project_trains(repository: Path) -> None:
    command = [sys.executable, "-m", "ptgen", "new", "one", "--template", str(repository)]

    done = subprocess.run([*command, "--train"], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    lines = Path("one/runs/first/metrics.jsonl").read_text().splitlines()
    assert json.loads(lines[-1])["val_accuracy"] >= 0.95
    assert Path("one/runs/first/report.json").is_file()
