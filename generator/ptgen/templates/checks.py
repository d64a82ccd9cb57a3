"""Finds what is wrong with the recipes of a template, all of it at once."""

import ast
import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from jinja2 import TemplateSyntaxError
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from ptgen.base.errors import Problems, PtgenError
from ptgen.base.names import did_you_mean
from ptgen.templates import choices, manifest, origins, presets, registry, rules
from ptgen.templates.manifest import Manifest
from ptgen.templates.questions import Questions
from ptgen.templates.readme import Readme

PARTS = {"recipe.yml", "README.md", "slots", "blocks", "files"}
SLOT = re.compile(r"""\b(?:slot|filled)\(\s*["']([^"']+)["']""")
IMPORTS = re.compile(r"""\bimports\(\s*["']([^"']+)["']""")
BLOCK = re.compile(r"""\b(?:block|expression)\(\s*["']([^"']+)["']""")
OWN_SETTING = re.compile(r"^    ([a-z]\w*): .+ = ", re.MULTILINE)
OWN_DEPENDENCIES = re.compile(r"\bdependency_list\((\[.*?\])[,)]", re.DOTALL)
TEST = re.compile(r"^\s*(async )?def test_", re.MULTILINE)


def check(template: Path) -> int:
    """Check every recipe, task and preset of a template and return how many recipes there are.

    Args:
        template: Folder of the template.

    Raises:
        Problems: With all that is wrong, each with its file, and its line where there is one.
    """
    documents = registry.read(template)
    questions = Questions(template)
    manifests, problems = manifest.validate(documents)
    catalogue = Catalogue(template, questions, documents, manifests)
    for rule in RULES:
        problems += rule(catalogue)
    if problems:
        raise Problems(sorted(problems, key=_by_place))
    return len(manifests)


def own_dependencies(texts: Iterable[str]) -> list[str]:
    """Return what every project needs, according to the sources of a template."""
    lists = [found for text in texts for found in OWN_DEPENDENCIES.findall(text)]
    return [line for found in lists for line in ast.literal_eval(found)]


@dataclass(frozen=True)
class Recipe:
    """A manifest that is sound in itself, with the place it was read from."""

    manifest: Manifest
    document: registry.Document

    @property
    def name(self) -> str:
        """The recipe's name, which is its folder's."""
        return self.document.folder.name

    def below(self, part: str) -> dict[str, Path]:
        """Return the files below a part of the recipe's folder, by their relative paths."""
        return _files(self.document.folder / part)


@dataclass(frozen=True)
class Catalogue:
    """All recipes of a template.

    Attributes:
        template: Folder of the template.
        questions: Its copier.yml.
        documents: Every manifest as written.
        manifests: Those that are sound in themselves.
    """

    template: Path
    questions: Questions
    documents: list[registry.Document]
    manifests: list[Manifest]

    @cached_property
    def recipes(self) -> list[Recipe]:
        """The tasks and recipes whose manifests are sound, tasks first."""
        documents = {document.folder.name: document for document in self.documents}
        manifests = sorted(self.manifests, key=lambda entry: not entry.is_task)
        return [Recipe(m, documents[m.name]) for m in manifests if m.name in documents]

    @cached_property
    def names(self) -> set[str]:
        """Names of all recipes and tasks, those with mistakes too."""
        return {document.folder.name for document in self.documents}

    @cached_property
    def groups(self) -> set[str]:
        """Names of all groups."""
        return {entry.group for entry in self.manifests if entry.group}

    @cached_property
    def imported(self) -> dict[str, str]:
        """Names of the recipes from other repositories, each with where it is from.

        Such a recipe may speak of others that are there. If the record cannot be read, that is a
        problem of its own.
        """
        try:
            recorded = origins.read(self.template)
        except PtgenError:
            return {}
        return {name: origin.source for name, origin in recorded.items()}

    @cached_property
    def withdrawn(self) -> dict[str, str]:
        """Names of recipes that are no more; if that cannot be read, it is a problem of its own."""
        try:
            return choices.withdrawn(self.template)
        except PtgenError:
            return {}

    @cached_property
    def sources(self) -> dict[str, str]:
        """Text of every file that projects are made of, by path."""
        files = [("template", self.template / "template")]
        files += [("composition/shared", self.template / "composition/shared")]
        files += [
            (f"recipes/{recipe.name}/{part}", recipe.document.folder / part)
            for recipe in self.recipes
            for part in ("files", "slots", "blocks")
        ]
        return {
            f"{prefix}/{name}": path.read_text(encoding="utf-8", errors="replace")
            for prefix, folder in files
            for name, path in _files(folder).items()
        }

    def offered(self, *patterns: re.Pattern[str]) -> set[str]:
        """Return the names that occur in the sources."""
        texts = self.sources.values()
        return {name for text in texts for pattern in patterns for name in pattern.findall(text)}

    def meetings(self) -> Iterator[tuple[Recipe, Recipe]]:
        """Yield each pair that can be in one project."""
        for one, other in itertools.combinations(self.recipes, 2):
            a, b = one.manifest, other.manifest
            apart = a.name in b.conflicts or b.name in a.conflicts
            rivals = a.group is not None and a.group == b.group
            if not apart and not rivals and _share_a_task(a, b):
                yield one, other


def _share_a_task(one: Manifest, other: Manifest) -> bool:
    if one.tasks == "all" or other.tasks == "all":
        return True
    return not set(one.tasks).isdisjoint(other.tasks)


def _there_is_something(catalogue: Catalogue) -> Iterator[str]:
    if not catalogue.documents:
        yield f"{catalogue.template}/recipes: holds no recipe; start one: ptgen recipe new NAME"
    elif not any(_says_task(document) for document in catalogue.documents):
        yield f"{catalogue.template}/recipes: no manifest with kind: task; a project needs a task"
    for folder in sorted(catalogue.template.glob("recipes/*")):
        if folder.is_dir() and folder.name not in catalogue.names:
            yield f"recipes/{folder.name}: has no recipe.yml"


def _says_task(document: registry.Document) -> bool:
    return isinstance(document.data, dict) and document.data.get("kind") == "task"


def _folders_hold_what_they_should(catalogue: Catalogue) -> Iterator[str]:
    for document in catalogue.documents:
        top = f"recipes/{document.folder.name}"
        for path in sorted(document.folder.iterdir()):
            if path.name not in PARTS:
                yield f"{top}/{path.name}: unknown; expected {', '.join(sorted(PARTS))}"
        for path in sorted(document.folder.rglob("*")):
            name = f"{top}/{path.relative_to(document.folder).as_posix()}"
            if path.is_symlink():
                yield f"{name}: is a symbolic link; expected a file"


def _summaries_fit(catalogue: Catalogue) -> Iterator[str]:
    for recipe in catalogue.recipes:
        yield from _summary_problems(recipe.manifest.summary, recipe.document)


def _summary_problems(summary: str, document: registry.Document) -> Iterator[str]:
    where = document.where("summary")
    if summary.endswith("."):
        yield f"{where}: summary: ends with a full stop; leave it out"
    if len(summary) > 80 or "\n" in summary:
        yield f"{where}: summary: has {len(summary)} characters; expected a line of at most 80"


def _names_exist(catalogue: Catalogue) -> Iterator[str]:
    tasks = {entry.name for entry in catalogue.manifests if entry.is_task}
    recipes = catalogue.names - tasks
    for recipe in catalogue.recipes:
        entry, where = recipe.manifest, recipe.document.where
        for index, name in enumerate([] if entry.tasks == "all" else entry.tasks):
            if name not in catalogue.names or name in recipes:
                yield f"{where('tasks', index)}: tasks: no task {name}{did_you_mean(name, tasks)}"
        for index, name in enumerate(entry.requires):
            known = (recipes | catalogue.groups) - {entry.name}
            if name not in known:
                said = f"requires: no other recipe or group {name}{did_you_mean(name, known)}"
                yield f"{where('requires', index)}: {said}"
        for name in entry.conflicts:
            known = recipes - {entry.name}
            if name not in known and entry.name not in catalogue.imported:
                said = f"conflicts: no other recipe {name}{did_you_mean(name, known)}"
                yield f"{where('conflicts', name)}: {said}"


def _conflicts_are_mutual(catalogue: Catalogue) -> Iterator[str]:
    entries = {recipe.name: recipe for recipe in catalogue.recipes}
    for recipe in catalogue.recipes:
        for name in recipe.manifest.conflicts:
            other = entries.get(name)
            if catalogue.imported.get(recipe.name) != catalogue.imported.get(name):
                continue  # of two repositories, one need not know of the other; one side is enough
            if other and recipe.name not in other.manifest.conflicts:
                where = other.document.where("conflicts")
                yield f"{where}: conflicts: {recipe.name} is missing, which names {name} in its own"


def _files_are_listed(catalogue: Catalogue) -> Iterator[str]:
    for recipe in catalogue.recipes:
        there, listed = recipe.below("files"), recipe.manifest.files
        for index, name in enumerate(listed):
            if name not in there:
                yield f"{recipe.document.where('files', index)}: files: files/{name} is not there"
        for name in there:
            if name not in listed:
                yield f"recipes/{recipe.name}/files/{name}: is not among the files of recipe.yml"


def _files_do_not_collide(catalogue: Catalogue) -> Iterator[str]:
    own = {
        name.removesuffix(".jinja").replace("{{ package }}", "package")
        for name in _files(catalogue.template / "template")
    }
    for recipe in catalogue.recipes:
        for index, name in enumerate(recipe.manifest.files):
            if name in own:
                where = recipe.document.where("files", index)
                yield f"{where}: files: {name} is a file of the template itself"
    for one, other in catalogue.meetings():
        for name in sorted(set(one.manifest.files) & set(other.manifest.files)):
            where = other.document.where("files", other.manifest.files.index(name))
            yield f"{where}: files: {one.name} brings {name}, too, and both can be chosen"


def _fragments_are_used(catalogue: Catalogue) -> Iterator[str]:
    slots = catalogue.offered(SLOT) | {f"{n}.imports" for n in catalogue.offered(IMPORTS)}
    offered = {"slots": slots, "blocks": catalogue.offered(BLOCK)}
    for recipe in catalogue.recipes:
        for part, names in offered.items():
            for name, path in recipe.below(part).items():
                where = f"recipes/{recipe.name}/{part}/{name}"
                if name not in names:
                    hint = did_you_mean(name, names)
                    yield f"{where}: the template has no {part.removesuffix('s')} {name}{hint}"
                if not path.read_text(encoding="utf-8", errors="replace").strip():
                    yield f"{where}: is empty; write what goes there, or remove it"


def _blocks_have_one_owner(catalogue: Catalogue) -> Iterator[str]:
    for one, other in catalogue.meetings():
        for name in sorted(one.below("blocks").keys() & other.below("blocks").keys()):
            yield (
                f"recipes/{other.name}/blocks/{name}: {one.name} replaces this block, too; "
                "declare a conflict on both sides, or put both into one group"
            )


def _jinja_can_be_read(catalogue: Catalogue) -> Iterator[str]:
    for recipe in catalogue.recipes:
        for part in ("slots", "blocks", "files"):
            for name, path in recipe.below(part).items():
                where = f"recipes/{recipe.name}/{part}/{name}"
                try:
                    catalogue.questions.environment.parse(path.read_text(encoding="utf-8"))
                except TemplateSyntaxError as error:
                    yield f"{where}:{error.lineno}: not Jinja: {error.message}"
                except UnicodeDecodeError:
                    yield f"{where}: is no text in UTF-8"


def _settings_are_told_apart(catalogue: Catalogue) -> Iterator[str]:
    own = {
        name
        for path, text in catalogue.sources.items()
        if path.startswith("template/") and "setting(" in text
        for name in OWN_SETTING.findall(text)
    }
    owners: dict[str, Recipe] = {}
    for recipe in catalogue.recipes:
        for index, setting in enumerate(recipe.manifest.config):
            where = recipe.document.where("config", index, "name")
            first = owners.setdefault(setting.name, recipe)
            # Two tasks are never in one project.
            both_tasks = first.manifest.is_task and recipe.manifest.is_task
            if setting.name in own:
                yield f"{where}: config.{index}: {setting.flag} is a flag of every project"
            elif first is not recipe and not both_tasks:
                yield f"{where}: config.{index}: {setting.flag} is a flag of {first.name} already"


def _dependencies_agree(catalogue: Catalogue) -> Iterator[str]:
    wanted: dict[str, tuple[str, str]] = {}
    for line in own_dependencies(catalogue.sources.values()):
        wanted[canonicalize_name(Requirement(line).name)] = (line, "the template")
    for recipe in catalogue.recipes:
        for key in ("dependencies", "dev_dependencies"):
            for index, line in enumerate(getattr(recipe.manifest, key)):
                name = canonicalize_name(Requirement(line).name)
                first, owner = wanted.setdefault(name, (line, recipe.name))
                if first != line:
                    where = recipe.document.where(key, index)
                    yield f"{where}: {key}: {line}, but {owner} has {first}; expected the same"


def _recipes_have_an_oracle(catalogue: Catalogue) -> Iterator[str]:
    for recipe in catalogue.recipes:
        tests = [
            path
            for name, path in recipe.below("files").items()
            if name.startswith("tests/test_") and name.endswith(".py")
        ]
        texts = (path.read_text(encoding="utf-8", errors="replace") for path in tests)
        if not any(TEST.search(text) for text in texts):
            expected = f"files/tests/test_{recipe.name.replace('-', '_')}.py"
            yield f"recipes/{recipe.name}: has no test; expected an oracle's in {expected}"


def _readmes_are_whole(catalogue: Catalogue) -> Iterator[str]:
    known = catalogue.names | catalogue.groups
    for recipe in catalogue.recipes:
        path = recipe.document.folder / "README.md"
        where = f"recipes/{recipe.name}/README.md"
        if not path.is_file():
            yield f"{where}: is not there"
            continue
        readme = Readme(path.read_text(encoding="utf-8", errors="replace"))
        names = None if recipe.name in catalogue.imported else known
        for line, text in readme.problems(recipe.manifest, names):
            yield f"{where}:{line}: {text}"


def _presets_fit(catalogue: Catalogue) -> Iterator[str]:
    found, problems = presets.validate(catalogue.template)
    yield from problems
    folder = catalogue.template / presets.FOLDER
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if not presets.NAME.fullmatch(path.name):
            yield f"{presets.FOLDER}/{path.name}: unknown; expected a file such as my-preset.yml"
    manifests = {entry.name: entry for entry in catalogue.manifests}
    tasks = {name for name, entry in manifests.items() if entry.is_task}
    is_sound = len(manifests) == len(catalogue.documents)
    for preset in found:
        yield from _summary_problems(preset.summary, preset.document)
        recipes = catalogue.names - tasks
        if unknown := list(preset.unknown_names(tasks, recipes, catalogue.withdrawn)):
            yield from unknown
        elif is_sound:
            yield from _preset_problems(preset, catalogue, sorted(tasks))


def _preset_problems(
    preset: presets.Preset, catalogue: Catalogue, tasks: Sequence[str]
) -> Iterator[str]:
    """Yield why a preset's recipes do not go together, each reason once."""
    scopes = {entry.name: entry.tasks for entry in catalogue.manifests}
    reasons: dict[str, list[str]] = {}
    for task in [preset.task] if preset.task else tasks:
        recipes = preset.recipes if preset.task else preset.applying(task, scopes)
        for reason in rules.problems(catalogue.template, {"task": task, "recipes": recipes}):
            reasons.setdefault(reason, []).append(task)
    for reason, where in reasons.items():
        some = "" if preset.task or len(where) == len(tasks) else f"with {', '.join(where)}, "
        yield f"{preset.document.where('recipes')}: recipes: {some}{reason}"


def _record_is_right(catalogue: Catalogue) -> Iterator[str]:
    try:
        recorded = origins.read(catalogue.template)
    except PtgenError as error:
        yield str(error)
        return
    for name in recorded:
        if name not in catalogue.names:
            yield f"{origins.RECORD}: {name} is not there; import it again, or take it out"


def _former_names_are_free(catalogue: Catalogue) -> Iterator[str]:
    try:
        choices.withdrawn(catalogue.template)
    except PtgenError as error:
        yield from str(error).splitlines()
    for name in catalogue.withdrawn:
        if name in catalogue.names:
            yield f"{choices.WITHDRAWN}: {name} is there; take it out of this list"
    owners: dict[str, str] = {}
    for recipe in catalogue.recipes:
        for index, name in enumerate(recipe.manifest.formerly):
            where = recipe.document.where("formerly", index)
            first = owners.setdefault(name, recipe.name)
            if name in catalogue.names:
                yield f"{where}: formerly: {name} is the name of a recipe that is there"
            elif name in catalogue.withdrawn:
                yield f"{where}: formerly: {name} is in {choices.WITHDRAWN}, too; one must go"
            elif first != recipe.name:
                yield f"{where}: formerly: {first} was {name}, too; only one can have been"


Rule = Callable[[Catalogue], Iterable[str]]
RULES: tuple[Rule, ...] = (
    _there_is_something,
    _folders_hold_what_they_should,
    _summaries_fit,
    _names_exist,
    _conflicts_are_mutual,
    _files_are_listed,
    _files_do_not_collide,
    _fragments_are_used,
    _blocks_have_one_owner,
    _jinja_can_be_read,
    _settings_are_told_apart,
    _dependencies_agree,
    _recipes_have_an_oracle,
    _readmes_are_whole,
    _record_is_right,
    _former_names_are_free,
    _presets_fit,
)


def _files(folder: Path) -> dict[str, Path]:
    """Return the files below a folder by relative path, without what Python compiles."""
    return {
        path.relative_to(folder).as_posix(): path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


def _by_place(problem: str) -> tuple[str, int, str]:
    """Sort by file, then by line as a number."""
    match = re.match(r"([^:]+):(\d+):", problem)
    return (match[1], int(match[2]), problem) if match else (problem.split(":")[0], 0, problem)
