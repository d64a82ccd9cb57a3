"""The manifest of a recipe, as a model that refuses what is wrong and says on which line."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal, Self

from packaging.requirements import InvalidRequirement, Requirement
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from ptgen.base.errors import Problems
from ptgen.templates import registry
from ptgen.templates.registry import Category

Number = int | float
TYPES: dict[str, type | tuple[type, ...]] = {
    "int": int,
    "float": (int, float),
    "str": str,
    "bool": bool,
    "path": str,
}


@dataclass(frozen=True)
class Interval:
    """An interval of numbers, written as in mathematics: ``[0, 1)``."""

    low: float
    high: float
    has_low: bool
    has_high: bool

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read an interval.

        Raises:
            ValueError: If it is none, or is empty.
        """
        ends = text[1:-1].split(",")
        if len(ends) != 2 or text[:1] not in ("[", "(") or text[-1:] not in ("]", ")"):
            raise ValueError(f"{text!r} is no interval; expected one like '[0, 1)' or '(0, inf)'")
        try:
            low, high = (float(end) for end in ends)
        except ValueError:
            raise ValueError(f"{text!r} has an end that is no number") from None
        if not low < high:
            raise ValueError(f"{text!r} is empty; expected the lower end first")
        return cls(low, high, text[0] == "[", text[-1] == "]")

    def __contains__(self, number: float) -> bool:
        """Tell whether a number lies in the interval."""
        above = self.low <= number if self.has_low else self.low < number
        below = number <= self.high if self.has_high else number < self.high
        return above and below


def _requirement(text: str) -> str:
    try:
        Requirement(text)
    except InvalidRequirement as error:
        reason = str(error).splitlines()[0]
        raise ValueError(f"{text!r} is no requirement as in PEP 508: {reason}") from None
    return text


def _inside(text: str) -> str:
    """Refuse a path that could leave the project, or reach what git itself would run."""
    path = PurePosixPath(text)
    if not text or "\\" in text or ":" in text or not text.isprintable() or path.is_absolute():
        raise ValueError(f"{text!r} is no path below files/; expected one like package/ops/x.py")
    if text != str(path) or ".." in path.parts or str(path) == ".":
        raise ValueError(f"{text!r} would land outside the project; expected a plain path below it")
    if any(part.lower() == ".git" for part in path.parts):
        raise ValueError(f"{text!r} would change the git repository of the project")
    return text


Text = Annotated[str, Field(min_length=1)]
RecipeName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$")]
InnerPath = Annotated[str, AfterValidator(_inside)]
Dependency = Annotated[str, AfterValidator(_requirement)]


class Model(BaseModel):
    """What all parts of a manifest share: no unknown keys, no silent conversion."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


# One for all tasks, or one for each.
Default = Number | str | bool | dict[RecipeName, Number | str | bool]


class Setting(Model):
    """A typed flag that a recipe adds to a project's config.py."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$")]
    type: Literal["int", "float", "str", "bool", "path"]
    range: str | None = None
    choices: list[Number | str] | None = Field(default=None, min_length=1)
    default: Default
    help: Text

    @property
    def flag(self) -> str:
        """The flag on the command line: ``--mixup-alpha``."""
        return "--" + self.name.replace("_", "-")

    @field_validator("range")
    @classmethod
    def _range_is_an_interval(cls, text: str | None, info: ValidationInfo) -> str | None:
        if text is not None:
            Interval.parse(text)
            if info.data.get("type") in ("str", "bool", "path"):
                raise ValueError(f"a {info.data['type']} has no range; expected choices or nothing")
        return text

    @field_validator("choices")
    @classmethod
    def _choices_have_the_type(
        cls, choices: list[Number | str] | None, info: ValidationInfo
    ) -> list[Number | str] | None:
        for choice in choices or []:
            _must_be(choice, info.data.get("type"))
        return choices

    @field_validator("default")
    @classmethod
    def _default_fits(cls, default: Default, info: ValidationInfo) -> Default:
        interval, choices = info.data.get("range"), info.data.get("choices")
        for value in default.values() if isinstance(default, dict) else [default]:
            _must_be(value, info.data.get("type"))
            number = isinstance(value, (int, float))
            if interval and number and value not in Interval.parse(interval):
                raise ValueError(f"{value} does not lie in the range {interval}")
            if choices and value not in choices:
                raise ValueError(f"{value!r} is none of the choices {choices}")
        return default


def _must_be(value: object, kind: str | None) -> None:
    """Refuse a value of another type; where the type itself is wrong, that is said already."""
    if kind is None:
        return
    number_for_bool = isinstance(value, bool) and kind != "bool"
    if not isinstance(value, TYPES[kind]) or number_for_bool:
        hint = "; YAML wants 1.0e-3 for 1e-3" if kind == "float" and isinstance(value, str) else ""
        raise ValueError(f"{value!r} is no {kind}{hint}")
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{value!r} is not finite")


class Floor(Model):
    """How good a task's bare project must be after a brief run."""

    metric: Text
    at_least: Number | None = None
    at_most: Number | None = None
    epochs: Annotated[int, Field(ge=1)]

    @model_validator(mode="after")
    def _one_bound(self) -> Self:
        if (self.at_least is None) == (self.at_most is None):
            raise ValueError("expected at_least or at_most, one of the two")
        return self


class LowerFloor(Model):
    """What a brief run must reach with a recipe that learns more slowly, and why."""

    at_least: Number | None = None
    at_most: Number | None = None
    reason: Text

    @model_validator(mode="after")
    def _one_bound(self) -> Self:
        if (self.at_least is None) == (self.at_most is None):
            raise ValueError("expected at_least or at_most, one of the two")
        return self


class Smoke(Model):
    """What a brief run of a project needs besides the project.

    Attributes:
        prepare: A script in the recipe's folder, run in the project before training.
        arguments: Further arguments of train.py.
    """

    prepare: InnerPath | None = None
    arguments: list[Text] = []


class Manifest(Model):
    """What recipe.yml says of a recipe, a task or a part."""

    name: RecipeName
    formerly: list[RecipeName] = []
    kind: Literal["recipe", "task", "part"]
    summary: Text
    category: Category
    tasks: Literal["all"] | Annotated[list[RecipeName], Field(min_length=1)]
    group: RecipeName | None = None
    default_of: RecipeName | None = None
    requires: list[RecipeName] = []
    conflicts: dict[RecipeName, Text] = {}
    order: int | dict[Text, int] = 50
    dependencies: list[Dependency] = []
    dev_dependencies: list[Dependency] = []
    config: list[Setting] = []
    files: list[InnerPath] = []
    scripts: list[InnerPath] = []
    smoke: Smoke = Smoke()
    floor: Floor | dict[RecipeName, LowerFloor] | None = None
    batches_per_update: Annotated[int, Field(ge=1)] = 1
    neutral: bool = False
    source: dict[str, Text] = {}
    status: Literal["stable", "experimental"]

    @field_validator("category")
    @classmethod
    def _tasks_have_their_category(cls, category: Category, info: ValidationInfo) -> Category:
        if "kind" in info.data and (category == "task") != (info.data["kind"] == "task"):
            raise ValueError(f"{category!r} does not fit the kind {info.data['kind']!r}")
        return category

    @field_validator("tasks")
    @classmethod
    def _a_task_is_its_own(
        cls, tasks: Literal["all"] | list[str], info: ValidationInfo
    ) -> Literal["all"] | list[str]:
        name = info.data.get("name")
        if info.data.get("kind") == "task" and name and tasks != [name]:
            raise ValueError(f"a task applies to itself alone; expected [{name}]")
        return tasks

    @field_validator("files")
    @classmethod
    def _files_are_listed_once(cls, files: list[str]) -> list[str]:
        if twice := sorted({path for path in files if files.count(path) > 1}):
            raise ValueError(f"listed twice: {', '.join(twice)}")
        return files

    @field_validator("config")
    @classmethod
    def _settings_have_their_own_names(cls, config: list[Setting]) -> list[Setting]:
        names = [setting.name for setting in config]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"two settings are called {', '.join(twice)}")
        return config

    @model_validator(mode="after")
    def _floors_fit_the_kind(self) -> Self:
        if self.is_task and not isinstance(self.floor, Floor):
            raise ValueError("a task needs a floor: {metric, at_least or at_most, epochs}")
        if not self.is_task and isinstance(self.floor, Floor):
            raise ValueError("expected a floor for each task: {gan: {at_most: 0.3, reason: why}}")
        return self

    @model_validator(mode="after")
    def _only_parts_are_defaults(self) -> Self:
        if self.default_of and self.kind != "part":
            raise ValueError("default_of: only a part can be the default of a group")
        return self

    @property
    def is_task(self) -> bool:
        """Whether this is a task."""
        return self.kind == "task"

    @property
    def is_recipe(self) -> bool:
        """Whether this can be chosen: neither a task nor a part."""
        return self.kind == "recipe"

    def applies_to(self, task: str) -> bool:
        """Tell whether the recipe can be chosen for a task."""
        return self.tasks == "all" or task in self.tasks


def load(template: Path) -> list[Manifest]:
    """Return every manifest of a template, sorted by name.

    Raises:
        Problems: With every mistake of every manifest, each with file and line.
    """
    manifests, problems = validate(registry.read(template))
    if problems:
        raise Problems(problems)
    if not any(manifest.is_task for manifest in manifests):
        raise Problems(
            ["the template has no task; expected recipes/<task>/recipe.yml with kind: task"]
        )
    return manifests


def validate(documents: Iterable[registry.Document]) -> tuple[list[Manifest], list[str]]:
    """Return the manifests that are sound, sorted by name, and what is wrong with the others."""
    manifests, problems = [], []
    for document in documents:
        if not isinstance(document.data, dict):
            problems.append(f"{document.where()}: expected keys and values: name, kind and so on")
            continue
        try:
            manifest = Manifest.model_validate(document.data)
        except ValidationError as error:
            problems += _lines(document, error)
            continue
        manifests.append(manifest)
        if manifest.name != document.folder.name:
            said = f"name: {manifest.name!r} differs from the folder {document.folder.name!r}"
            problems.append(f"{document.where('name')}: {said}; expected the same")
    return sorted(manifests, key=lambda manifest: manifest.name), problems


def _lines(document: registry.Document, error: ValidationError) -> list[str]:
    """Return ``recipes/x/recipe.yml:12: config.0.type: what is wrong`` for each wrong entry."""
    texts: dict[tuple[str | int, ...], list[str]] = {}
    for mistake in error.errors():
        keys = _entry(mistake, document.data)
        text = _text(mistake)
        if text not in texts.setdefault(keys, []):
            texts[keys].append(text)
    return [
        f"{document.where(*keys)}: {'.'.join(map(str, keys))}{': ' if keys else ''}"
        + " or ".join(said)
        for keys, said in texts.items()
    ]


def _entry(mistake: Mapping[str, Any], data: Any) -> tuple[str | int, ...]:
    """Return the keys of the wrong entry, without pydantic's names of types."""
    keys: list[str | int] = []
    for key in mistake["loc"]:
        in_mapping = isinstance(data, dict) and key in data
        in_list = isinstance(data, list) and isinstance(key, int)
        if in_mapping or in_list:
            data = data[key]
            keys.append(key)
    if mistake["type"] == "missing":
        keys.append(mistake["loc"][-1])
    return tuple(keys)


def _text(mistake: Mapping[str, Any]) -> str:
    """Return what is wrong with an entry."""
    match mistake["type"]:
        case "missing":
            return "is missing"
        case "extra_forbidden":
            return "is no key that is known here"
        case "string_pattern_mismatch":
            return f"{mistake['input']!r} is no name; expected {mistake['ctx']['pattern']}"
        case _:
            text = str(mistake["msg"]).removeprefix("Value error, ")
            return text.replace("Input should be", "expected")
