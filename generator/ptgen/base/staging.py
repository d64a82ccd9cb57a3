"""Atomic creation of folders, temporary folders, and the files in folders."""

import errno
import glob
import os
import re
import secrets
import shutil
import signal
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from ptgen.base.errors import PtgenError, unwritable
from ptgen.base.signals import handled_by


@contextmanager
def atomic_folder(destination: Path) -> Iterator[Path]:
    """Give a new folder that becomes ``destination`` at the end of the ``with``, if all went well.

    Raises:
        PtgenError: If it cannot be written. Then nothing is left of it.
    """
    with sibling_of(destination) as sibling:
        try:
            yield sibling
            sibling.rename(destination)
        except OSError as error:
            if error.errno in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR):
                raise PtgenError(f"{destination} was created by another meanwhile") from error
            raise unwritable(destination, error) from error


@contextmanager
def sibling_of(destination: Path) -> Iterator[Path]:
    """Give a new folder beside ``destination``, which is gone afterwards unless it was renamed.

    Folders above it that had to be made go with it.
    """
    parent = destination.parent
    new_folders = [folder for folder in (parent, *parent.parents) if not folder.exists()]
    _remove_left(parent, f".{destination.name}.ptgen-")
    sibling = parent / f".{destination.name}.ptgen-{_own_name()}"
    try:
        try:
            sibling.mkdir(parents=True)
        except OSError as error:
            raise unwritable(parent, error) from error
        yield sibling
    finally:
        with handled_by(signal.SIG_IGN):  # nobody can stop the tidying up
            shutil.rmtree(sibling, ignore_errors=True)
            for folder in new_folders:
                with suppress(OSError):  # it holds the project, or what others put there
                    folder.rmdir()


@contextmanager
def scratch() -> Iterator[Path]:
    """Give an empty folder for the time of a ``with``."""
    _remove_left(Path(tempfile.gettempdir()), "ptgen-")
    folder = Path(tempfile.gettempdir()) / f"ptgen-{_own_name()}"
    try:
        folder.mkdir(mode=0o700)
    except OSError as error:
        raise unwritable(folder.parent, error) from error
    try:
        yield folder
    finally:
        with handled_by(signal.SIG_IGN):
            shutil.rmtree(folder, ignore_errors=True)


def write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files, given by their paths in a folder, with the folders that they need."""
    for path, content in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


def files_of(folder: Path) -> list[str]:
    """Return the paths of all files of a folder, relative to it and sorted."""
    paths = (path for path in folder.rglob("*") if path.is_file())
    return sorted(path.relative_to(folder).as_posix() for path in paths)


def _own_name() -> str:
    """Return a name that tells which process works there."""
    return f"{os.getpid()}-{secrets.token_hex(4)}"


def _remove_left(parent: Path, prefix: str) -> None:
    """Remove the folders that processes of this user have left when they were killed."""
    for path in parent.glob(f"{glob.escape(prefix)}*"):
        match = re.fullmatch(r"(\d+)-[0-9a-f]{8}", path.name.removeprefix(prefix))
        if match and not _is_running(int(match[1])):
            shutil.rmtree(path, ignore_errors=True)


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
