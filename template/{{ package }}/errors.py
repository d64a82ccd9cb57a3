"""Errors that their message explains: what was wrong, what was expected and what to do."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager


class UserError(Exception):
    """Settings, files or data that cannot be used, or a training that diverged."""


def refuse(problems: Iterable[str]) -> None:
    """Raise a UserError that lists all problems, if there are any."""
    if text := "\n".join(problems):
        raise UserError(text)


@contextmanager
def exit_on_error() -> Iterator[None]:
    """Let a script exit with the message of a UserError, without a traceback."""
    try:
        yield
    except UserError as error:
        sys.exit(str(error))
