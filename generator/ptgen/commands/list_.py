"""``ptgen list``: the catalogue."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ptgen.base import console
from ptgen.commands import options

if TYPE_CHECKING:
    from ptgen.templates.presets import Preset


def list_recipes(
    task: options.Task = None,
    of_presets: Annotated[
        bool,
        typer.Option("--presets", help="List the presets, named sets of recipes to start from."),
    ] = False,
    template: options.Template = None,
    ref: options.Ref = None,
    as_json: options.Json = False,
) -> None:
    """List tasks and recipes, or presets."""
    from ptgen.templates import open_catalogue

    with open_catalogue(template, ref) as opened:
        entries: list[dict[str, Any]] = [document.data for document in opened.documents]
        found = opened.presets if of_presets else []
        if (as_json and not of_presets) or not all(_can_be_listed(entry) for entry in entries):
            entries = [entry.model_dump() for entry in opened.manifests]
    scopes = {entry["name"]: entry["tasks"] for entry in entries}
    if task:
        tasks = [entry["name"] for entry in entries if entry["kind"] == "task"]
        if task not in tasks:
            from ptgen.base.names import unknown

            raise unknown("task", task, tasks)
        entries = [entry for entry in entries if entry["tasks"] == "all" or task in entry["tasks"]]
    if of_presets:
        meant = [preset for preset in found if not task or preset.task in (None, task)]
        entries = [_as_dict(preset, task or preset.task, scopes) for preset in meant]
    if as_json:
        console.put_json(entries)
    elif of_presets and not entries:
        console.say("There are no presets; add one to the template as presets/NAME.yml.")
    else:
        console.put("\n".join(_table_of_presets(entries) if of_presets else _table(entries)))


def _can_be_listed(entry: Any) -> bool:
    """Tell whether a manifest, which has not been validated, has what the table shows."""
    shown = ("name", "kind", "summary", "category", "tasks")
    return isinstance(entry, dict) and all(key in entry for key in shown)


def _table(entries: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield the lines of the catalogue: tasks first, then the categories of recipes, no parts."""
    from ptgen.templates.registry import CATEGORIES

    entries = [entry for entry in entries if entry["kind"] != "part"]
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


def _as_dict(preset: "Preset", task: str | None, scopes: Mapping[str, Any]) -> dict[str, Any]:
    """Return a preset for a program, as it is for a task if one is given."""
    recipes = preset.applying(task, scopes) if task else preset.recipes
    return {
        "name": preset.name,
        "summary": preset.summary,
        "task": preset.task,
        "recipes": recipes,
        "left_out": [name for name in preset.recipes if name not in recipes],
    }


def _table_of_presets(facts: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield the lines of the presets: the summary of each, and its recipes below."""
    width = max(len(preset["name"]) for preset in facts)
    for preset in facts:
        note = typer.style(f"  [{preset['task']}]", dim=True) if preset["task"] else ""
        name = typer.style(f"{preset['name']:<{width}}", bold=True)
        yield f"{name}  {preset['summary']}{note}"
        left_out = f" (left out: {', '.join(preset['left_out'])})" if preset["left_out"] else ""
        yield f"{'':<{width}}  {', '.join(preset['recipes']) or 'no recipes'}{left_out}"
