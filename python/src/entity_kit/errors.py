"""The one base exception, and the exit codes that keep "no" apart from "I could not find out"."""

from __future__ import annotations

import difflib
import errno
import os
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class ExitCode(IntEnum):
    """The exit codes of our commands."""

    AGREES = 0
    DIFFERS = 1
    USAGE = 2
    DBT_FAILED = 3


class EntityKitError(Exception):
    """Something that the user can fix: `message` says what is wrong, `fix` says how to fix it."""

    exit_code = ExitCode.USAGE

    def __init__(self, message: str, *, fix: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.fix = fix

    def __str__(self) -> str:
        return f"{self.message}\n{self.fix}" if self.fix else self.message


class DbtError(EntityKitError):
    """dbt itself failed, so there is no answer."""

    exit_code = ExitCode.DBT_FAILED


_FULL = tuple(os.strerror(number) for number in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG))


def disk_is_full(message: str) -> bool:
    """Return whether an error says that nothing more can be written (no space, quota, limit)."""
    return any(text in message for text in _FULL)


def closest_word(word: object, known: Iterable[str], otherwise: str = "") -> str:
    """Return a sentence with the closest known word, or `otherwise` if there is none."""
    near = difflib.get_close_matches(str(word), list(known), n=1, cutoff=0.0)
    return f"Closest: {near[0]}." if near else otherwise


def refuse_unknown(what: str, given: Iterable[object], known: Sequence[str]) -> None:
    """Refuse a key that isn't known; `what` says whose keys they are."""
    for key in given:
        if key not in known:
            raise EntityKitError(
                f"{what} knows {', '.join(known)}; got `{key}`.", fix=closest_word(key, known)
            )
