"""The manifest of a recipe: a model that reports each mistake with its line."""

import keyword
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Annotated, Any, Literal, Self

from packaging.requirements import InvalidRequirement, Requirement
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from ptgen.base.names import did_you_mean
from ptgen.templates import registry
from ptgen.templates.codes import Code, Problem
from ptgen.templates.registry import Category

# PyTorch's integers have 64 bits.
Number = Annotated[int, Field(ge=-(2**63), lt=2**63)] | float
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
            ValueError: If it is not an interval, or is empty.
        """
        ends = text[1:-1].split(",")
        if len(ends) != 2 or text[:1] not in ("[", "(") or text[-1:] not in ("]", ")"):
            raise ValueError(f"{text!r} is not an interval; expected one like '[0, 1)'")
        try:
            low, high = (float(end) for end in ends)
        except ValueError:
            raise ValueError(f"{text!r} has an end that is not a number") from None
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
        raise _error(
            Code.INVALID_DEPENDENCY, f"{text!r} is not a requirement (PEP 508): {reason}"
        ) from None
    return text


def _inside(text: str) -> str:
    """Refuse a path that could leave the project, or reach what git itself would run."""
    path = PurePosixPath(text)
    if not text or "\\" in text or ":" in text or not text.isprintable() or path.is_absolute():
        reason = "is not a relative path; expected one like package/ops/x.py"
    elif text != str(path) or ".." in path.parts or str(path) == ".":
        reason = "would land outside the project; expected a plain path below it"
    elif any(part.lower() == ".git" for part in path.parts):
        reason = "would change the git repository of the project"
    else:
        return text
    raise _error(Code.UNSAFE_PATH, f"{text!r} {reason}")


def _once(values: list[str]) -> list[str]:
    """Refuse a list that has an entry twice."""
    if twice := sorted({value for value in values if values.count(value) > 1}):
        raise _error(Code.DUPLICATE_ENTRY, f"listed twice: {', '.join(twice)}")
    return values


def _in_one_line(text: str) -> str:
    """Refuse text that cannot stand between quotes in config.py."""
    if not text.isprintable() or '"' in text or "\\" in text:
        raise ValueError(f"{text!r} has a quote, backslash or line break; expected plain text")
    return text


def _order(value: object) -> object:
    slots = value.values() if isinstance(value, dict) and value else [value]
    if not all(isinstance(place, int) and not isinstance(place, bool) for place in slots):
        expected = "a whole number, or one for each slot: {train.batch: 40}"
        raise _error(Code.INVALID_ORDER, f"expected {expected}")
    return value


def _error(code: Code, text: str) -> PydanticCustomError:
    """Return an error whose type is the code of the broken rule."""
    # The text of such an error is a template; a value of its own is not looked into.
    return PydanticCustomError(code.value, "{text}", {"text": text})


Text = Annotated[str, Field(min_length=1)]
RecipeName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$")]
InnerPath = Annotated[str, AfterValidator(_inside)]
Dependency = Annotated[str, AfterValidator(_requirement)]
PlainText = Annotated[str, Field(min_length=1), AfterValidator(_in_one_line)]
Once = AfterValidator(_once)


class Model(BaseModel):
    """What all parts of a manifest share: no unknown keys, no silent conversion."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


Value = Number | str | bool


class Setting(Model):
    """A typed flag that a recipe adds to a project's config.py."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$")]
    type: Literal["int", "float", "str", "bool", "path"]
    range: str | None = None
    choices: list[Number | PlainText] | None = Field(default=None, min_length=1)
    default: Value | dict[RecipeName, Value]  # one for all tasks, or one for each
    help: PlainText

    @property
    def flag(self) -> str:
        """The flag on the command line: ``--mixup-alpha``."""
        return "--" + self.name.replace("_", "-")

    @field_validator("name")
    @classmethod
    def _name_is_free_in_python(cls, name: str) -> str:
        if keyword.iskeyword(name):
            raise ValueError(f"{name!r} is a Python keyword; choose another name")
        return name

    @field_validator("range")
    @classmethod
    def _range_is_an_interval(cls, text: str | None, info: ValidationInfo) -> str | None:
        if text is not None:
            Interval.parse(text)
            if info.data.get("type") in ("str", "bool", "path"):
                raise ValueError(f"a {info.data['type']} has no range; leave it out")
        return text

    @field_validator("choices")
    @classmethod
    def _choices_have_the_type(
        cls, choices: list[Number | str] | None, info: ValidationInfo
    ) -> list[Number | str] | None:
        if choices and info.data.get("type") in ("bool", "path"):
            raise ValueError(f"a {info.data['type']} has no choices; leave them out")
        if choices and info.data.get("range"):
            raise ValueError("expected choices or a range, not both")
        for choice in choices or []:
            _must_be(choice, info.data.get("type"))
        return choices

    def default_for(self, task: str) -> "Value":
        """Return the default in projects of a task."""
        return self.default[task] if isinstance(self.default, dict) else self.default

    @field_validator("default")
    @classmethod
    def _default_fits(
        cls, default: Value | dict[str, Value], info: ValidationInfo
    ) -> Value | dict[str, Value]:
        interval, choices = info.data.get("range"), info.data.get("choices")
        for value in default.values() if isinstance(default, dict) else [default]:
            _must_be(value, info.data.get("type"))
            is_number = isinstance(value, (int, float))
            if interval and is_number and float(value) not in Interval.parse(interval):
                raise ValueError(f"{value} is outside the range {interval}")
            if choices and value not in choices:
                raise ValueError(f"{value!r} is not one of the choices {choices}")
            if isinstance(value, str):
                _in_one_line(value)
        return default

    @field_validator("help")
    @classmethod
    def _help_has_no_full_stop(cls, text: str) -> str:
        if text.endswith("."):
            raise ValueError("ends with a full stop, which config.py adds; leave it out")
        return text


def _must_be(value: object, kind: str | None) -> None:
    """Refuse a value of another type, unless the type itself is wrong and reported already."""
    if kind is None:
        return
    number_for_bool = isinstance(value, bool) and kind != "bool"
    if not isinstance(value, TYPES[kind]) or number_for_bool:
        hint = "; YAML needs 1.0e-3 for 1e-3" if kind == "float" and isinstance(value, str) else ""
        raise ValueError(f"{value!r} is not of type {kind}{hint}")
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{value!r} is not finite")


class Bound(Model):
    """What a metric must reach: a least or a greatest value."""

    at_least: Number | None = None
    at_most: Number | None = None

    @model_validator(mode="after")
    def _is_one_bound(self) -> Self:
        if (self.at_least is None) == (self.at_most is None):
            raise ValueError("expected one of at_least and at_most")
        return self

    def is_lower_than(self, other: "Bound") -> bool:
        """Tell whether this bound of the same metric is easier to reach.

        A least value is compared with a least value only, a greatest one with a greatest one.
        """
        if self.at_least is not None and other.at_least is not None:
            return self.at_least < other.at_least
        if self.at_most is not None and other.at_most is not None:
            return self.at_most > other.at_most
        return False


class Floor(Bound):
    """How good a task's bare project must be after a brief run."""

    metric: Text
    epochs: Annotated[int, Field(ge=1)]


class LowerFloor(Bound):
    """What a brief run must reach with a recipe that learns more slowly, and why."""

    reason: Text


def _kind_of_floor(value: object) -> str:
    of_task = isinstance(value, Floor) or (
        isinstance(value, dict) and not value.keys().isdisjoint(("metric", "epochs"))
    )
    return "floor of a task" if of_task else "floors of a recipe"


AnyFloor = Annotated[
    Annotated[Floor, Tag("floor of a task")]
    | Annotated[dict[RecipeName, LowerFloor], Tag("floors of a recipe")],
    Discriminator(_kind_of_floor),
]


class Smoke(Model):
    """What a brief run of a project needs besides the project.

    Attributes:
        prepare: A script in the recipe's folder, run in the project before training.
        arguments: Further arguments of train.py, for all tasks or for each.
        cpu_arguments: Those that turn off what takes many times as long on a CPU. They are for
            whole runs with other recipes, not for the recipe alone or for the first batches.
    """

    prepare: InnerPath | None = None
    arguments: list[Text] | dict[RecipeName, list[Text]] = []
    cpu_arguments: list[Text] = []

    def arguments_for(self, task: str) -> list[str]:
        """Return the further arguments of train.py for a task."""
        return self.arguments.get(task, []) if isinstance(self.arguments, dict) else self.arguments


class Manifest(Model):
    """What recipe.yml says of a recipe, a task or a part."""

    name: RecipeName
    formerly: Annotated[list[RecipeName], Once] = []
    kind: Literal["recipe", "task", "part"]
    summary: Text
    category: Category
    tasks: Literal["all"] | Annotated[list[RecipeName], Field(min_length=1), Once]
    group: RecipeName | None = None
    default_of: RecipeName | None = None
    requires: Annotated[list[RecipeName], Once] = []
    conflicts: dict[RecipeName, Text] = {}
    order: Annotated[int | dict[Text, int], BeforeValidator(_order)] = 50
    dependencies: Annotated[list[Dependency], Once] = []
    dev_dependencies: Annotated[list[Dependency], Once] = []
    config: list[Setting] = []
    defaults: dict[Text, Value | dict[Text, Value]] = {}
    files: Annotated[list[InnerPath], Once] = []
    scripts: Annotated[list[InnerPath], Once] = []
    smoke: Smoke = Smoke()
    floor: AnyFloor | None = None
    batches_per_update: Annotated[int, Field(ge=1)] = 1
    neutral: bool = False
    source: dict[Text, Text] = {}
    status: Literal["stable", "experimental"]

    @field_validator("config")
    @classmethod
    def _settings_have_names_of_their_own(cls, config: list[Setting]) -> list[Setting]:
        names = [setting.name for setting in config]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise _error(Code.DUPLICATE_ENTRY, f"two settings are called {', '.join(twice)}")
        return config

    @property
    def is_task(self) -> bool:
        """Whether this is a task."""
        return self.kind == "task"

    @property
    def is_recipe(self) -> bool:
        """Whether this can be chosen: neither a task nor a part."""
        return self.kind == "recipe"

    @property
    def is_part(self) -> bool:
        """Whether this comes only with what requires it."""
        return self.kind == "part"

    def applies_to(self, task: str) -> bool:
        """Tell whether the recipe can be chosen for a task."""
        return self.tasks == "all" or task in self.tasks

    def kind_mismatches(self) -> Iterator[tuple[str, str]]:
        """Yield the keys that do not fit the kind, each with what was expected."""
        if (self.category == "task") != self.is_task:
            yield "category", f"{self.category!r} does not fit the kind {self.kind!r}"
        if self.is_task and self.tasks != [self.name]:
            yield "tasks", f"a task applies to itself alone; expected [{self.name}]"
        if self.is_task and not isinstance(self.floor, Floor):
            yield "floor", "a task needs one: {metric: ..., at_least or at_most: ..., epochs: ...}"
        if not self.is_task and isinstance(self.floor, Floor):
            yield "floor", "expected one for each task: {gan: {at_most: 0.3, reason: why}}"
        if self.is_part:
            for key in ("group", "conflicts", "floor", "formerly"):
                if getattr(self, key):
                    yield key, "a part is not chosen and has none; leave it out"
        elif self.default_of:
            yield "default_of", f"only a part can be the default of a group; this is a {self.kind}"


def validate(documents: Iterable[registry.Document]) -> tuple[list[Manifest], list[Problem]]:
    """Return the manifests that are valid, sorted by name, and what is wrong with the others."""
    manifests, problems = [], []
    for document in documents:
        manifest, mistakes = _validate(document)
        problems += mistakes
        if manifest:
            manifests.append(manifest)
    return sorted(manifests, key=lambda manifest: manifest.name), problems


def _validate(document: registry.Document) -> tuple[Manifest | None, list[Problem]]:
    """Return a manifest unless it is invalid, with what is wrong with it."""
    if not isinstance(document.data, dict):
        expected = "expected keys and values: name, kind and so on"
        return None, [Problem(document.where(), Code.INVALID_YAML, expected)]
    try:
        manifest = Manifest.model_validate(document.data)
    except ValidationError as error:
        return None, _problems(document, error)
    problems = [
        Problem(document.where(key), Code.KIND_MISMATCH, f"{key}: {text}")
        for key, text in manifest.kind_mismatches()
    ]
    if problems:
        return None, problems
    if manifest.name != document.folder.name:
        text = f"name: {manifest.name!r} differs from the folder {document.folder.name!r}"
        problem = Problem(document.where("name"), Code.NAME_MISMATCH, f"{text}; expected the same")
        return manifest, [problem]
    return manifest, []


def _problems(document: registry.Document, error: ValidationError) -> list[Problem]:
    """Return a problem for each wrong entry: ``config.0.type: what is wrong``."""
    mistakes: dict[tuple[str | int, ...], list[Mapping[str, Any]]] = {}
    for mistake in error.errors():
        mistakes.setdefault(_entry(mistake, document.data), []).append(mistake)
    return [_problem(document, keys, found) for keys, found in mistakes.items()]


def _problem(
    document: registry.Document, keys: tuple[str | int, ...], mistakes: list[Mapping[str, Any]]
) -> Problem:
    """Return what is wrong with an entry, which may be of one type or of another."""
    # Where a rule of ours was broken, the entry is of that type.
    ours = [mistake for mistake in mistakes if mistake["type"] in CODES] or mistakes
    texts = list(dict.fromkeys(_text(mistake, keys) for mistake in ours))
    said = " or ".join([texts[0], *(text.removeprefix("expected ") for text in texts[1:])])
    code = _code(ours[0], keys)
    return Problem(document.where(*keys), code, ": ".join([*_dotted(keys), said]))


def _dotted(keys: tuple[str | int, ...]) -> list[str]:
    return [".".join(map(str, keys))] if keys else []


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


def _code(mistake: Mapping[str, Any], keys: tuple[str | int, ...]) -> Code:
    """Return the rule that a wrong entry breaks."""
    match mistake["type"]:
        case code if code in CODES:
            return Code(code)
        case "missing":
            return Code.MISSING_KEY
        case "extra_forbidden":
            return Code.UNKNOWN_KEY
    return Code.INVALID_SETTING if keys[:1] == ("config",) else Code.INVALID_VALUE


CODES = frozenset(code.value for code in Code)
# What pydantic calls a mistake, in words for the author of a recipe.
WORDS = {
    "missing": "is missing",
    "string_too_short": "is empty",
    "too_short": "expected at least one",
    "string_type": "expected text",
    "bool_type": "expected true or false",
    "int_type": "expected a whole number",
    "float_type": "expected a number",
    "list_type": "expected a list: [one, other]",
    "dict_type": "expected a mapping: {key: value}",
    "model_type": "expected a mapping: {key: value}",
}


def _text(mistake: Mapping[str, Any], keys: tuple[str | int, ...]) -> str:
    """Return what is wrong with an entry."""
    match mistake["type"]:
        case "extra_forbidden":
            hint = did_you_mean(str(keys[-1]), _known_beside(keys))
            return f"is not a known key{hint}"
        case "string_pattern_mismatch":
            joint = "_" if "_" in mistake["ctx"]["pattern"] else "-"
            expected = f"lower-case words with '{joint}' between them, like grad{joint}clip"
            return f"{mistake['input']!r} is not a valid name; expected {expected}"
        case kind if kind in WORDS:
            return WORDS[kind]
    text = str(mistake["msg"]).removeprefix("Value error, ")
    return text.replace("Input should be", "expected")


def _known_beside(keys: tuple[str | int, ...]) -> Iterable[str]:
    """Return the keys that are known where an unknown one stands."""
    models: dict[str | int, type[Model]] = {"config": Setting, "smoke": Smoke, "floor": Floor}
    return (models.get(keys[0], LowerFloor) if len(keys) > 1 else Manifest).model_fields
