"""What a choice of recipes would create, without creating it."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ptgen.base.staging import files_of, scratch
from ptgen.templates import Template

if TYPE_CHECKING:
    from ptgen.templates.manifest import Setting


@dataclass(frozen=True)
class Preview:
    """A project that has not been created yet.

    Attributes:
        name: Of the project.
        task: Its task.
        files: Paths of its files.
        dependencies: Its requirements, as in PEP 508.
        settings: The flags that the task and the recipes add.
    """

    name: str
    task: str
    files: list[str]
    dependencies: list[str]
    settings: "list[Setting]"

    def text(self) -> str:
        """Return the preview for a person to read."""
        lines = [f"{self.name}/", *_branches(self.files), "", "dependencies"]
        lines += [f"  {dependency}" for dependency in self.dependencies]
        if self.settings:
            width = max(len(setting.flag) for setting in self.settings)
            lines += ["", "settings of the task and the recipes"]
            for setting in self.settings:
                default = setting.default_for(self.task)
                lines.append(f"  {setting.flag:<{width}}  {setting.help} (default {default})")
        return "\n".join(lines)


def preview(template: Template, answers: Mapping[str, Any]) -> Preview:
    """Render a project into a temporary folder and return what is in it."""
    chosen = template.catalogue(answers["task"]).chosen(answers["recipes"])
    with scratch() as project:
        template.render(answers, project)
        files = files_of(project)
        description = project / "pyproject.toml"
        text = description.read_text(encoding="utf-8") if description.is_file() else ""
    return Preview(
        name=answers["project_name"],
        task=answers["task"],
        files=files,
        dependencies=tomllib.loads(text).get("project", {}).get("dependencies", []),
        settings=[s for entry in template.manifests if entry.name in chosen for s in entry.config],
    )


def _branches(paths: Iterable[str]) -> list[str]:
    """Return the lines of a tree of paths, folders first."""
    tree: dict[str, Any] = {}
    for path in paths:
        node = tree
        for part in path.split("/"):
            node = node.setdefault(part, {})
    return _lines(tree)


def _lines(tree: Mapping[str, Any], indent: str = "") -> list[str]:
    lines = []
    entries = sorted(tree.items(), key=lambda entry: (not entry[1], entry[0]))
    for number, (name, below) in enumerate(entries, start=1):
        last = number == len(entries)
        lines.append(indent + ("└── " if last else "├── ") + name + ("/" if below else ""))
        lines += _lines(below, indent + ("    " if last else "│   "))
    return lines
