"""Digests of files and folders."""

import os
import stat
from hashlib import sha256
from pathlib import Path

IGNORED = {"__pycache__", ".git"}


def digest(*parts: str | bytes) -> str:
    """Return the SHA-256 of parts, in hexadecimal; where one ends and another begins counts."""
    found = sha256()
    for part in parts:
        content = part.encode() if isinstance(part, str) else part
        found.update(len(content).to_bytes(8, "big"))
        found.update(content)
    return found.hexdigest()


def tree_digest(folder: Path) -> str:
    """Return a digest of the names and bytes of all files, and of which are executable."""
    parts: list[bytes] = []
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        if path.is_file() and not IGNORED.intersection(name.parts):
            executable = path.stat().st_mode & stat.S_IXUSR
            parts += [os.fsencode(name.as_posix()), b"x" if executable else b"", path.read_bytes()]
    return digest(*parts)
