"""Rules of single manifests that the model does not have: they need the folder, or are of style."""

from collections.abc import Iterator

from ptgen.templates import registry
from ptgen.templates.checks.context import Context
from ptgen.templates.codes import Code, Problem


def _there_is_something_to_check(context: Context) -> Iterator[Problem]:
    if not context.documents:
        text = "there is no recipe; start one: ptgen recipe new NAME"
        yield Problem("recipes", Code.NOTHING_TO_CHECK, text)
    elif not any(_says_task(document) for document in context.documents):
        text = "no manifest has kind: task; a project needs a task"
        yield Problem("recipes", Code.NOTHING_TO_CHECK, text)


def _says_task(document: registry.Document) -> bool:
    return isinstance(document.data, dict) and document.data.get("kind") == "task"


def _summaries_fit_a_list(context: Context) -> Iterator[Problem]:
    for recipe in context.recipes:
        for text in summary_problems(recipe.manifest.summary):
            yield Problem(recipe.document.where("summary"), Code.SUMMARY_STYLE, text)


def summary_problems(summary: str) -> Iterator[str]:
    """Yield why a summary does not fit into a list."""
    if summary.endswith("."):
        yield "summary: ends with a full stop; leave it out"
    if len(summary) > 80 or "\n" in summary:
        yield f"summary: has {len(summary)} characters; expected one line of at most 80"


def _sources_are_named(context: Context) -> Iterator[Problem]:
    for recipe in context.recipes:
        if not recipe.manifest.source and not recipe.manifest.is_part:
            text = "source: is missing; expected where this is from: {paper: ...} or {docs: URL}"
            yield Problem(recipe.document.where("source"), Code.MISSING_SOURCE, text)


def _defaults_are_for_each_task(context: Context) -> Iterator[Problem]:
    for recipe in context.recipes:
        tasks = [task for task in context.tasks if recipe.manifest.applies_to(task)]
        for index, setting in enumerate(recipe.manifest.config):
            if isinstance(setting.default, dict) and setting.default.keys() != set(tasks):
                where = recipe.document.where("config", index, "default")
                text = f"config.{index}.default: expected one for each of {', '.join(tasks)}"
                yield Problem(where, Code.INVALID_SETTING, text)


def _lower_floors_are_lower(context: Context) -> Iterator[Problem]:
    for recipe in context.recipes:
        floors = recipe.manifest.floor
        for task, floor in floors.items() if isinstance(floors, dict) else ():
            where = recipe.document.where("floor", task)
            found = context.by_name.get(task)
            own = found.manifest.floor if found else None
            if task not in context.tasks or not recipe.manifest.applies_to(task):
                text = f"floor: {recipe.name} does not apply to a task {task}"
            elif own is None or isinstance(own, dict) or floor.is_lower_than(own):
                continue
            else:
                bound = "at_least" if own.at_most is None else "at_most"
                lower = "less" if own.at_most is None else "more"
                text = f"floor.{task}: expected {bound}: {lower} than {getattr(own, bound)}"
            yield Problem(where, Code.INVALID_LOWER_FLOOR, text)


RULES = (
    _there_is_something_to_check,
    _summaries_fit_a_list,
    _sources_are_named,
    _defaults_are_for_each_task,
    _lower_floors_are_lower,
)
