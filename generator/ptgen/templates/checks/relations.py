"""Rules between recipes: names, requirements, conflicts, groups, flags and dependencies."""

import itertools
from collections.abc import Iterable, Iterator, Mapping

from ptgen.base.errors import PtgenError
from ptgen.base.names import did_you_mean
from ptgen.templates import dependencies, former_names, origins
from ptgen.templates.checks.context import Context, Recipe, share_a_task
from ptgen.templates.checks.fragments import settings_of_every_project
from ptgen.templates.codes import Code, Problem
from ptgen.templates.manifest import Setting


def _names_exist(context: Context) -> Iterator[Problem]:
    recipes = context.names - set(context.tasks) - context.parts
    for recipe in context.recipes:
        entry, name = recipe.manifest, recipe.name
        tasks = [] if entry.tasks == "all" else entry.tasks
        invalid = context.names - context.by_name.keys()  # may be tasks
        yield from _unknown(recipe, "tasks", tasks, "task", {*context.tasks, *invalid})
        if entry.is_part:
            known, kind = context.parts | invalid, "other part"
        else:
            known, kind = recipes | context.parts | context.groups, "other recipe, part or group"
        yield from _unknown(recipe, "requires", entry.requires, kind, known - {name})
        if name not in context.imported:
            conflicts = list(entry.conflicts)
            yield from _unknown(recipe, "conflicts", conflicts, "other recipe", recipes - {name})


def _unknown(
    recipe: Recipe, key: str, names: list[str], kind: str, known: Iterable[str]
) -> Iterator[Problem]:
    """Yield a problem for each name in an entry that does not exist."""
    known = set(known)
    for index, name in enumerate(names):
        if name not in known:
            place = name if key == "conflicts" else index
            text = f"{key}: there is no {kind} {name}{did_you_mean(name, known)}"
            yield Problem(recipe.document.where(key, place), Code.UNKNOWN_NAME, text)


def _conflicts_are_mutual(context: Context) -> Iterator[Problem]:
    for recipe in context.recipes:
        for name in recipe.manifest.conflicts:
            other = context.by_name.get(name)
            if context.imported.get(recipe.name) != context.imported.get(name):
                continue  # of two repositories, one need not know of the other; one side is enough
            if other and other.manifest.is_recipe and recipe.name not in other.manifest.conflicts:
                where = other.document.where("conflicts")
                text = f"conflicts: {recipe.name} is missing; it conflicts with {name}"
                yield Problem(where, Code.ONE_SIDED_CONFLICT, text)


def _requirements_can_be_met(context: Context) -> Iterator[Problem]:
    for recipe in context.recipes:
        entry = recipe.manifest
        for index, name in enumerate(entry.requires):
            where = recipe.document.where("requires", index)
            if name in entry.conflicts:
                yield Problem(where, Code.CONTRADICTION, f"requires: {name} is also in conflicts")
            members = [m for m in context.manifests if name in (m.name, m.group)]
            tasks = [task for task in context.tasks if entry.applies_to(task)]
            lost = [task for task in tasks if not any(m.applies_to(task) for m in members)]
            if members and lost:
                text = f"requires: {name} does not apply to {', '.join(lost)}, as {entry.name} does"
                yield Problem(where, Code.REQUIREMENT_OUT_OF_TASK, text)


def _parts_are_used(context: Context) -> Iterator[Problem]:
    required = {need for entry in context.manifests for need in entry.requires}
    all_are_read = len(context.manifests) == len(context.documents)
    for recipe in context.recipes:
        entry = recipe.manifest
        if entry.is_part and not entry.default_of and entry.name not in required and all_are_read:
            text = f"nothing requires the part {entry.name}; require it, or delete its folder"
            yield Problem(recipe.document.where("kind"), Code.UNUSED_PART, text)


def _groups_have_one_default(context: Context) -> Iterator[Problem]:
    defaults = [recipe for recipe in context.recipes if recipe.manifest.default_of]
    for one, other in itertools.combinations(defaults, 2):
        a, b, group = one.manifest, other.manifest, other.manifest.default_of
        is_required = a.name in b.requires or b.name in a.requires  # then both are meant
        if a.default_of == group and share_a_task(a, b) and not is_required:
            text = f"default_of: {one.name} is the default of {group}, too, for a task of both"
            yield Problem(other.document.where("default_of"), Code.AMBIGUOUS_DEFAULT, text)


def _groups_have_names_of_their_own(context: Context) -> Iterator[Problem]:
    for recipe in context.recipes:
        for key in ("group", "default_of"):
            if (group := getattr(recipe.manifest, key)) in context.names:
                text = f"{key}: {group} is the name of a recipe; choose another for the group"
                yield Problem(recipe.document.where(key), Code.AMBIGUOUS_GROUP, text)


def _flags_are_unique(context: Context) -> Iterator[Problem]:
    own = settings_of_every_project(context)
    for recipe in context.recipes:
        for setting in recipe.manifest.config:
            if setting.name in own:
                yield _duplicate_flag(recipe, setting, "every project")
    for one, other in context.compatible_pairs:
        names = {setting.name for setting in one.manifest.config}
        for setting in other.manifest.config:
            if setting.name in names:
                yield _duplicate_flag(other, setting, f"{one.name}, and both can be in one project")


def _defaults_are_of_other_settings(context: Context) -> Iterator[Problem]:
    base = settings_of_every_project(context)
    known = {recipe.name for recipe in context.recipes}
    for recipe in context.recipes:
        others = {s.name for r in context.recipes if r != recipe for s in r.manifest.config}
        for name, value in recipe.manifest.defaults.items():
            place = recipe.document.where("defaults", name)
            if name not in {*base, *others}:
                text = f"defaults: {name} is not a setting of the template or of another recipe"
                yield Problem(place, Code.INVALID_DEFAULT, text)
            cases = set(value) if isinstance(value, dict) else {"default"}
            for case in sorted(cases - {"default", *(known - {recipe.name})}):
                text = f"defaults: there is no other recipe {case}"
                yield Problem(place, Code.INVALID_DEFAULT, text)
            if "default" not in cases:
                text = f"defaults: {name}: expected a value for default beside the others"
                yield Problem(place, Code.INVALID_DEFAULT, text)
    for one, other in context.compatible_pairs:
        for name in one.manifest.defaults.keys() & other.manifest.defaults.keys():
            if not (_names(one, name, other) or _names(other, name, one)):
                text = (
                    f"defaults: {name} is also changed by {one.name}, and both can be in one "
                    f"project: expected a value for that, {{default: ..., {one.name}: ...}}"
                )
                place = other.document.where("defaults", name)
                yield Problem(place, Code.INVALID_DEFAULT, text)


def _names(one: Recipe, setting: str, other: Recipe) -> bool:
    """Tell whether a recipe has a default for projects that another one is in as well."""
    value = one.manifest.defaults[setting]
    return isinstance(value, dict) and other.name in value


def _duplicate_flag(recipe: Recipe, setting: Setting, owner: str) -> Problem:
    index = recipe.manifest.config.index(setting)
    text = f"config.{index}: {setting.flag} is also a flag of {owner}"
    return Problem(recipe.document.where("config", index, "name"), Code.DUPLICATE_FLAG, text)


def _dependencies_agree(context: Context) -> Iterator[Problem]:
    wanted: dict[str, tuple[str, str]] = {}
    for line in dependencies.of_every_project(context.folder):
        wanted[dependencies.name_of(line)] = (line, "the template")
    for recipe in context.recipes:
        for key in ("dependencies", "dev_dependencies"):
            for index, line in enumerate(getattr(recipe.manifest, key)):
                first, owner = wanted.setdefault(dependencies.name_of(line), (line, recipe.name))
                if first != line:
                    where = recipe.document.where(key, index)
                    text = f"{key}: {line}, but {owner} has {first}; expected the same"
                    yield Problem(where, Code.DEPENDENCY_MISMATCH, text)


def _former_names_are_free(context: Context) -> Iterator[Problem]:
    withdrawn: Mapping[str, str] = {}
    try:
        withdrawn = context.template.withdrawn
    except PtgenError as error:
        for line in str(error).splitlines():
            place, text = line.split(": ", 1)
            yield Problem(place, Code.RESERVED_NAME, text)
    for name in withdrawn:
        if name in context.names:
            text = f"{name} is there; take it out of this list"
            yield Problem(former_names.WITHDRAWN, Code.RESERVED_NAME, text)
    owners: dict[str, str] = {}
    for recipe in context.recipes:
        for index, name in enumerate(recipe.manifest.formerly):
            where = recipe.document.where("formerly", index)
            first = owners.setdefault(name, recipe.name)
            if name in context.names:
                text = f"formerly: {name} is the name of a recipe"
            elif name in withdrawn:
                text = f"formerly: {name} is in {former_names.WITHDRAWN}, too; delete one of them"
            elif first != recipe.name:
                text = f"formerly: {first} was {name}, too; only one can have been"
            else:
                continue
            yield Problem(where, Code.RESERVED_NAME, text)


def _record_of_imports_fits(context: Context) -> Iterator[Problem]:
    try:
        recorded = origins.read(context.folder)
    except PtgenError as error:
        text = str(error).removeprefix(f"{origins.RECORD}: ").removeprefix(f"{origins.RECORD} ")
        yield Problem(origins.RECORD, Code.IMPORT_RECORD, text)
        return
    for name in recorded:
        if name not in context.names:
            text = f"there is no recipe {name}; import it again, or take it out"
            yield Problem(origins.RECORD, Code.IMPORT_RECORD, text)


RULES = (
    _names_exist,
    _conflicts_are_mutual,
    _requirements_can_be_met,
    _parts_are_used,
    _groups_have_one_default,
    _groups_have_names_of_their_own,
    _flags_are_unique,
    _defaults_are_of_other_settings,
    _dependencies_agree,
    _former_names_are_free,
    _record_of_imports_fits,
)
