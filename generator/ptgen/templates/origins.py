"""Where the imported recipes of a template came from: its file recipes/imported.yml."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import yaml

from ptgen.base.errors import PtgenError
from ptgen.base.yaml_limits import refuse_unbounded

RECORD = "recipes/imported.yml"
FIRST_LINE = "# Kept by `ptgen recipe import` and `ptgen recipe update`: where recipes came from.\n"


@dataclass(frozen=True)
class Origin:
    """Where a recipe came from.

    Attributes:
        source: A path or URL, as ``source.open_template`` takes it.
        version: Its tag or commit there; None if it was not in git.
        digest: Of its folder as it was there.
    """

    source: str
    version: str | None
    digest: str

    @property
    def place(self) -> str:
        """Where and which, for a message: ``URL at v1.0``."""
        return f"{self.source} at {self.version}" if self.version else self.source


def read(template: Path) -> dict[str, Origin]:
    """Return what a template's record says, by the names of the recipes.

    Raises:
        PtgenError: If it cannot be read.
    """
    path = template / RECORD
    if not path.is_file():
        return {}
    try:
        record = path.read_text(encoding="utf-8")
        refuse_unbounded(record, RECORD)
        entries = yaml.safe_load(record) or {}
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise PtgenError(f"{RECORD} is not YAML in UTF-8: {error}") from error
    if not isinstance(entries, dict):
        raise PtgenError(
            f"{RECORD}: expected names of recipes, each with source, version and digest"
        )
    return {str(name): _origin(name, facts) for name, facts in entries.items()}


def text(origins: Mapping[str, Origin]) -> str:
    """Return the record of origins, sorted by name."""
    entries = {name: asdict(origin) for name, origin in sorted(origins.items())}
    return FIRST_LINE + yaml.safe_dump(entries, sort_keys=False, allow_unicode=True)


def without_credentials(address: str) -> str:
    """Drop user and password of a web address, for a file that others will read."""
    prefix = "git+" if address.startswith("git+") else ""
    parts = urlsplit(address.removeprefix(prefix))
    if parts.scheme not in ("http", "https"):
        return address
    return prefix + urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _origin(name: object, facts: object) -> Origin:
    match facts:
        case {"source": str(source), "version": str() | None as version, "digest": str(digest)}:
            return Origin(source, version, digest)
    raise PtgenError(f"{RECORD}: {name}: expected source, version and digest, each of them text")
