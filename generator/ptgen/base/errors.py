"""What ptgen refuses, in words for the person who asked."""

import errno
from collections.abc import Iterable
from pathlib import Path


class PtgenError(Exception):
    """Root of every refusal; its text says what was wrong, what was expected and what to do."""


class Problems(PtgenError):  # noqa: N818 - reads better where it is raised
    """Several things that are wrong, reported together.

    Attributes:
        problems: One text for each.
    """

    def __init__(self, problems: Iterable[str]) -> None:
        """Keep the problems and join them for ``str``."""
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


def one_line(error: Exception) -> str:
    """Return the text of an error in one line."""
    return " ".join(str(error).split())


def unwritable(path: Path, error: OSError) -> PtgenError:
    """Return the refusal that tells of an error of the file system."""
    hint = "; free some space and repeat" if error.errno in (errno.ENOSPC, errno.EDQUOT) else ""
    return PtgenError(f"cannot write {path}: {error.strerror or error}{hint}")
