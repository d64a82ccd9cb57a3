"""The rules of ``ptgen check``, each with a stable code; docs/checks.md explains them."""

from dataclasses import dataclass
from enum import StrEnum, unique


@unique
class Code(StrEnum):
    """The code of each rule. A code is never given to another rule."""

    # The manifest
    INVALID_YAML = "PT101"
    MISSING_KEY = "PT102"
    UNKNOWN_KEY = "PT103"
    INVALID_VALUE = "PT104"
    INVALID_SETTING = "PT105"
    INVALID_ORDER = "PT106"
    INVALID_DEPENDENCY = "PT107"
    UNSAFE_PATH = "PT108"
    DUPLICATE_ENTRY = "PT109"
    NAME_MISMATCH = "PT110"
    KIND_MISMATCH = "PT111"
    SUMMARY_STYLE = "PT112"
    MISSING_SOURCE = "PT113"

    # Names, and rules between recipes
    NOTHING_TO_CHECK = "PT201"
    UNKNOWN_NAME = "PT202"
    ONE_SIDED_CONFLICT = "PT203"
    CONTRADICTION = "PT204"
    REQUIREMENT_OUT_OF_TASK = "PT205"
    UNUSED_PART = "PT206"
    AMBIGUOUS_DEFAULT = "PT207"
    AMBIGUOUS_GROUP = "PT208"
    DUPLICATE_FLAG = "PT209"
    DEPENDENCY_MISMATCH = "PT210"
    RESERVED_NAME = "PT211"
    INVALID_LOWER_FLOOR = "PT212"
    IMPORT_RECORD = "PT213"
    OUTDATED_GROUP = "PT214"
    INVALID_DEFAULT = "PT215"

    # Files
    UNEXPECTED_FILE = "PT301"
    SYMBOLIC_LINK = "PT302"
    MISSING_MANIFEST = "PT303"
    FILES_OUT_OF_STEP = "PT304"
    FILE_COLLISION = "PT305"
    INVALID_SCRIPT = "PT306"
    SMOKE_SCRIPT = "PT307"
    INVALID_PYTHON = "PT308"

    # Slots and blocks
    UNKNOWN_SLOT = "PT401"
    EMPTY_FRAGMENT = "PT402"
    BLOCK_REPLACED_TWICE = "PT403"
    INVALID_JINJA = "PT404"
    UNFILLED_ORDER = "PT405"
    RECIPE_NAMED_IN_TEMPLATE = "PT406"
    RECIPE_NAMED_ELSEWHERE = "PT407"
    ASKS_RECIPES = "PT408"
    INVALID_OUTPUT = "PT409"

    # README
    MISSING_README = "PT501"
    README_TITLE = "PT502"
    README_HEADINGS = "PT503"
    EMPTY_SECTION = "PT504"
    README_UNKNOWN_NAME = "PT505"
    SETTINGS_OUT_OF_STEP = "PT506"
    SOURCE_OUT_OF_STEP = "PT507"

    # Tests
    MISSING_TEST = "PT601"

    # Presets
    INVALID_PRESET = "PT701"
    PRESET_UNKNOWN_NAME = "PT702"
    PRESET_CONFLICT = "PT703"
    UNEXPECTED_PRESET = "PT704"

    @property
    def rule(self) -> str:
        """The name of the rule: ``missing-key``."""
        return self.name.lower().replace("_", "-")


# What `ptgen check --fix` mends.
FIXABLE = frozenset(
    {
        Code.OUTDATED_GROUP,
        Code.FILES_OUT_OF_STEP,
        Code.SETTINGS_OUT_OF_STEP,
        Code.SOURCE_OUT_OF_STEP,
    }
)


@dataclass(frozen=True)
class Problem:
    """Something that is wrong with a template.

    Attributes:
        place: The file, relative to the template, with the line if there is one:
            ``recipes/mixup/recipe.yml:12``.
        code: Which rule it breaks.
        text: What is wrong and what was expected.
    """

    place: str
    code: Code
    text: str

    def __str__(self) -> str:
        """Return the problem as a line of text."""
        return f"{self.place}: {self.code} {self.text}"

    @property
    def path(self) -> str:
        """The file."""
        return self.place.partition(":")[0]

    @property
    def line(self) -> int | None:
        """The number of the line."""
        line = self.place.partition(":")[2]
        return int(line) if line else None

    @property
    def is_fixable(self) -> bool:
        """Whether ``ptgen check --fix`` mends it."""
        return self.code in FIXABLE

    def as_dict(self) -> dict[str, str | int | bool | None]:
        """Return the problem for a program."""
        return {
            "path": self.path,
            "line": self.line,
            "code": self.code.value,
            "rule": self.code.rule,
            "message": self.text,
            "fixable": self.is_fixable,
        }
