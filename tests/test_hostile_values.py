"""What nobody would write, in every place of the files that ptgen reads, is told in words."""

import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from ptgen.cli import app

from .conftest import Ptgen, Tiny, commit_all
from .owner import keep, new

VALUES: dict[str, object] = {
    "nothing": None,
    "a number": 3,
    "not a number": float("nan"),
    "a huge number": 10**400,
    "yes": True,
    "an empty text": "",
    "quotes": "it's \"\"\" \\ ''' ${x} {{ 7 * 7 }} {% raw %}",
    "lines": "one\ntwo\r\nthree",
    "an escape": "\x1b[31m",
    "a long text": "x" * 100_000,
    "a path out": "../../../../tmp/out",
    "an absolute path": "/etc/passwd",
    "letters from afar": "\u202e\u017f\U0001f600",
    "an empty list": [],
    "a list of lists": [[["deep"]]],
    "a mapping": {"a": {"b": None}},
    "keys that are no text": {1: 2, None: 3},
    "a date": date(2026, 1, 1),
    "code": '"""; __import__("os").system("touch pwned"); """',
}
KEYS = {
    "recipe.yml": [
        *("name", "kind", "summary", "category", "tasks", "order", "files", "source", "status"),
        *("config", "dependencies", "dev_dependencies", "requires", "conflicts", "group"),
        *("formerly", "smoke", "floor", "default_of", "unknown"),
    ],
    "config in recipe.yml": ["name", "type", "default", "help", "range", "choices", "unknown"],
    ".copier-answers.yml": [
        *("_commit", "_src_path", "package", "project_name", "recipes", "task", "files", "chosen"),
    ],
    "copier.yml": [
        *("_min_copier_version", "_subdirectory", "_answers_file", "_exclude", "_skip_if_exists"),
        *("_envops", "_templates_suffix", "_secret_questions", "_message_after_copy", "registry"),
        *("project_name", "package", "task", "recipes", "chosen", "_tasks", "_unknown"),
    ],
}
PLACES = [(file, key) for file, keys in KEYS.items() for key in keys]
SETTING = {"name": "factor", "type": "int", "default": 3, "help": "How", "range": "[1, 9]"}


class _Include(str):
    """The pattern of included files."""


class _Loader(yaml.SafeLoader):
    """Reads ``!include``."""


class _Dumper(yaml.SafeDumper):
    """Writes ``!include``."""


def _included(loader: _Loader, node: yaml.ScalarNode) -> _Include:
    return _Include(loader.construct_scalar(node))


_Loader.add_constructor("!include", _included)
_Dumper.add_representer(
    _Include, lambda dumper, text: dumper.represent_scalar("!include", str(text))
)


@pytest.mark.parametrize(("file", "key"), PLACES)
def test_it_is_told_in_words(
    ptgen: Ptgen, versions: Tiny, campaign: bool, file: str, key: str
) -> None:
    """One of the values at each place, and all of them in a campaign."""
    folder = versions.recipe("scale", config=[SETTING])
    commit_all(versions.folder, "v1.0.1")
    project = new(ptgen, versions, "scale")
    path = {
        "copier.yml": versions.folder / "copier.yml",
        ".copier-answers.yml": project / ".copier-answers.yml",
    }.get(file, folder / "recipe.yml")
    facts = yaml.load(path.read_text(), _Loader)
    place: dict[str, Any] = facts["config"][0] if file.startswith("config") else facts
    names = [*VALUES]
    for name in names if campaign else [names[PLACES.index((file, key)) % len(names)]]:
        place[key] = VALUES[name]
        path.write_text(yaml.dump(facts, Dumper=_Dumper, allow_unicode=True))
        if file == ".copier-answers.yml":
            keep(project)
            commands = [("status", "--project", project), ("add", "cosine", "--project", project)]
        else:
            one = ("--template", versions.folder)
            commands = [
                ("check", versions.folder),
                ("list", *one),
                ("new", "another", "-r", "scale", "--no-git", *one, "--ref", "HEAD"),
            ]
        for command in commands:
            result = CliRunner().invoke(app, [str(word) for word in command])
            assert result.exit_code in (0, 1), (name, command, result.output)
            assert "fault of ptgen" not in result.output, (name, command)
            assert "Traceback" not in result.output, (name, command)
        shutil.rmtree("another", ignore_errors=True)
    assert sorted(path.name for path in Path().iterdir()) == ["mine"]
