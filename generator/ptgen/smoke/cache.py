"""What has passed and need not be run again, by a digest of all that it depends on.

There are no times: a result holds as long as nothing it depends on has changed.
"""

import functools
import json
import os
import platform
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Literal, Self

from ptgen.base import console
from ptgen.base.digest import digest, tree_digest
from ptgen.base.errors import PtgenError
from ptgen.base.home import below_home
from ptgen.smoke.plan import Extent
from ptgen.smoke.results import Result
from ptgen.templates.manifest import Model
from ptgen.templates.source import PACKAGE


class PhaseCost(Model):
    """What a phase took."""

    seconds: float
    cpu_seconds: float


class Passed(Model):
    """The facts of a result that passed, without its log."""

    task: str
    recipes: tuple[str, ...]
    extent: Extent
    passed: Literal[True]
    seconds: float
    phase: str
    reason: Literal[""]
    metric: str
    expected: str
    curve: list[float]
    figure: float | None
    trace: str | None
    phases: dict[str, PhaseCost]
    cached: bool
    reduced: None


class Entry(Model):
    """What a file of the cache holds."""

    key: str
    result: Passed


@dataclass(frozen=True)
class Cache:
    """Results of variants that passed, a file each.

    Attributes:
        folder: Where they are.
    """

    folder: Path

    @classmethod
    def open(cls, folder: Path | None) -> Self:
        """Make the folder, if it is not there.

        Args:
            folder: The folder; if not given, the user's own, as XDG has it.

        Raises:
            PtgenError: If nothing can be written there.
        """
        folder = folder or own_folder() / "smoke"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                pass
        except OSError as error:
            raise PtgenError(
                f"--cache {folder} cannot be written: {error.strerror}; "
                "name another folder, or add --no-cache"
            ) from error
        return cls(folder)

    def get(self, key: str) -> Result | None:
        """Return the result that was put there, without its log, or None.

        A file that ``put`` has not written for this key is ignored, with a warning.
        """
        path = self._path(key)
        try:
            entry = Entry.model_validate_json(path.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, ValueError):
            entry = None
        if entry is None or entry.key != key:
            console.warn(f"{path} is not what ptgen smoke writes there, and is ignored; delete it")
            return None
        return Result.of_facts({**entry.result.model_dump(), "cached": True, "log": []})

    def put(self, key: str, result: Result) -> None:
        """Keep a result, if it passed; where that cannot be done, warn."""
        if not result.passed:
            return
        path = self._path(key)
        temporary = path.with_suffix(f".{os.getpid()}.tmp")
        facts = result.facts()
        del facts["log"]
        try:
            temporary.write_text(json.dumps({"key": key, "result": facts}), encoding="utf-8")
            temporary.replace(path)
        except OSError as error:
            with suppress(OSError):
                temporary.unlink()
            console.warn(
                f"{path} cannot be written: {error.strerror}; "
                f"{result.variant} will be tried again next time"
            )

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}.json"


@functools.cache
def environment_digest() -> str:
    """Return a digest of what runs variants: Python, the machine, all packages and this one."""
    packages = {f"{found.name}=={found.version}" for found in metadata.distributions()}
    return digest(
        platform.python_implementation(),
        platform.python_version(),
        platform.machine(),
        digest(*sorted(packages)),
        tree_digest(PACKAGE / "templates"),
        tree_digest(PACKAGE / "smoke"),
    )


def own_folder() -> Path:
    """Return the folder for what this user's ptgen keeps, as XDG has it; it may not be there."""
    caches = below_home("XDG_CACHE_HOME", ".cache")
    return (caches or Path(tempfile.gettempdir())) / "ptgen"
