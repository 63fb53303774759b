"""A cause, and the place in a model's file that it points to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """A model's file, relative to the project, and the line that a cause points to, if any."""

    path: str
    line: int | None = None
    what: str = ""

    def __str__(self) -> str:
        return self.path if self.line is None else f"{self.path}:{self.line} ({self.what})"


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a model differs: a code, the evidence in a sentence, and where to look.

    `inherited_from` names the models that are wrong by themselves, where this one is wrong only
    because they are; `through` the models in between. `about` is a word of the model's text that the explanation is about, if there is one; `fix` are
    lines to write into the project.
    """

    name: str
    explanation: str
    place: Place | None = None
    inherited_from: tuple[str, ...] = ()
    through: tuple[str, ...] = ()
    about: str = ""
    fix: str = ""
