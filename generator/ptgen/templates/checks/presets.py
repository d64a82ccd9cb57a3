"""Rules of presets."""

from collections.abc import Iterator, Sequence

from ptgen.templates import presets
from ptgen.templates.checks.context import Context
from ptgen.templates.checks.manifests import summary_problems
from ptgen.templates.codes import Code, Problem


def _presets_are_valid(context: Context) -> Iterator[Problem]:
    found, mistakes = presets.validate(context.folder)
    yield from (_coded(line, Code.INVALID_PRESET) for line in mistakes)
    all_are_read = len(context.manifests) == len(context.documents)
    recipes = context.names - set(context.tasks) - context.parts
    for preset in found:
        where = preset.document.where("summary")
        for text in summary_problems(preset.summary):
            yield Problem(where, Code.INVALID_PRESET, text)
        if unknown := list(preset.unknown_names(context.tasks, recipes, context.withdrawn)):
            yield from (_coded(line, Code.PRESET_UNKNOWN_NAME) for line in unknown)
        elif all_are_read:
            yield from _conflicts(preset, context, sorted(context.tasks))


def _coded(line: str, code: Code) -> Problem:
    place, text = line.split(": ", 1)
    return Problem(place, code, text)


def _conflicts(preset: presets.Preset, context: Context, tasks: Sequence[str]) -> Iterator[Problem]:
    """Yield why a preset's recipes do not go together, each reason once."""
    scopes = {entry.name: entry.tasks for entry in context.manifests}
    reasons: dict[str, list[str]] = {}
    for task in [preset.task] if preset.task else tasks:
        recipes = preset.recipes if preset.task else preset.applying(task, scopes)
        for reason in context.template.problems({"task": task, "recipes": recipes}):
            reasons.setdefault(reason, []).append(task)
    for reason, where in reasons.items():
        some = "" if preset.task or len(where) == len(tasks) else f"with {', '.join(where)}, "
        place = preset.document.where("recipes")
        yield Problem(place, Code.PRESET_CONFLICT, f"recipes: {some}{reason}")


def _only_presets_are_there(context: Context) -> Iterator[Problem]:
    folder = context.folder / presets.FOLDER
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if not presets.NAME.fullmatch(path.name):
            text = "is not a preset; expected a file such as my-preset.yml"
            yield Problem(f"{presets.FOLDER}/{path.name}", Code.UNEXPECTED_PRESET, text)


RULES = (_presets_are_valid, _only_presets_are_there)
