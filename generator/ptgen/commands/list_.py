"""``ptgen list``: the catalogue."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import typer

from ptgen import console, options


def list_recipes(
    task: options.Task = None,
    template: options.Template = None,
    ref: options.Ref = None,
    as_json: options.Json = False,
) -> None:
    """List the tasks and the recipes, or those of one task."""
    from ptgen import registry
    from ptgen.source import open_catalogue

    with open_catalogue(template, ref) as folder:
        entries = [document.data for document in registry.read(folder)]
        if as_json or not all(_can_be_listed(entry) for entry in entries):
            from ptgen import manifest

            entries = [entry.model_dump() for entry in manifest.load(folder)]
    if task:
        tasks = [entry["name"] for entry in entries if entry["kind"] == "task"]
        if task not in tasks:
            from ptgen.names import unknown

            raise unknown("task", task, tasks)
        entries = [entry for entry in entries if entry["tasks"] == "all" or task in entry["tasks"]]
    if as_json:
        console.put_json(entries)
    else:
        console.put("\n".join(_table(entries)))


def _can_be_listed(entry: Any) -> bool:
    """Tell whether a manifest, which nobody has checked, has what the table shows."""
    shown = ("name", "kind", "summary", "category", "tasks")
    return isinstance(entry, dict) and all(key in entry for key in shown)


def _table(entries: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield the lines of the catalogue: tasks first, then the categories of recipes."""
    from ptgen.registry import CATEGORIES

    width = max((len(entry["name"]) for entry in entries), default=0)
    for category in CATEGORIES:
        rows = [entry for entry in entries if entry["category"] == category]
        if rows:
            yield typer.style(category, bold=True)
        for row in rows:
            notes = ["experimental"] if row.get("status") == "experimental" else []
            if row["kind"] == "recipe" and row["tasks"] != "all":
                notes.append(", ".join(row["tasks"]))
            note = typer.style(f"  [{'; '.join(notes)}]", dim=True) if notes else ""
            yield f"  {row['name']:<{width}}  {row['summary']}{note}"
