"""The user's home folder, which a service or a container may not have."""

import os
from pathlib import Path

from ptgen.base.errors import PtgenError


def expanded(path: str | Path) -> Path:
    """Return a path with the home folder in place of ``~``.

    Raises:
        PtgenError: If that is not known, or if there is no such user.
    """
    try:
        return Path(path).expanduser()
    except RuntimeError as error:
        raise PtgenError(f"{path}: the home folder is not known; write the path in full") from error


def below_home(variable: str, name: str) -> Path | None:
    """Return the folder that a variable of the environment names, else one in the home folder.

    Args:
        variable: Such as ``XDG_CONFIG_HOME``.
        name: Such as ``.config``.

    Returns:
        None where neither is known.
    """
    given = Path(os.environ.get(variable, ""))
    if given.is_absolute():
        return given
    try:
        return Path.home() / name
    except RuntimeError:
        return None
