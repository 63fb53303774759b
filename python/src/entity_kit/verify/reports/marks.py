"""Where two values of a cell differ: the parts of each, with the part that isn't in the other."""

from __future__ import annotations

import json
from dataclasses import dataclass

from entity_kit.compare.report import render_value

# A long value is cut to this much around its difference.
_WIDEST = 120
_SHARED = 24


@dataclass(frozen=True, slots=True)
class Parts:
    """A value as text: `differs` is what isn't in the other one, which may be nothing."""

    before: str
    differs: str
    after: str = ""

    def __str__(self) -> str:
        return self.before + self.differs + self.after


def mark_change(was: object, now: object) -> tuple[Parts, Parts]:
    """Return both values of a changed cell, with the difference apart.

    Of texts and times the words that changed; of numbers, NULL and the like the whole, because
    digits that two numbers share say nothing.
    """
    if not (isinstance(was, str) and isinstance(now, str)):
        return Parts("", render_value(was)), Parts("", render_value(now))
    texts = (
        [was, now]
        if _plain(was) and _plain(now)
        else [json.dumps(text, ensure_ascii=False) for text in (was, now)]
    )
    start = _shared(*texts)
    rest = [text[start:] for text in texts]
    end = _shared(*(text[::-1] for text in rest))
    first, second = (
        Parts(_end(text[:start]), _middle(part[: len(part) - end]), _start(part[len(part) - end :]))
        for text, part in zip(texts, rest, strict=True)
    )
    return first, second


def _shared(one: str, other: str) -> int:
    """Count the characters with which both begin, without a part of a word or number."""
    pairs = enumerate(zip(one, other, strict=False))
    count = next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))
    goes_on = one[count : count + 1].isalnum() or other[count : count + 1].isalnum()
    while goes_on and count and one[count - 1].isalnum():
        count -= 1
    return count


def _plain(text: str) -> bool:
    """Return whether a text is shown as it is, without quotes."""
    return render_value(text[:_SHARED]) == text[:_SHARED] and text.isprintable()


def _start(text: str) -> str:
    return text if len(text) <= _SHARED else f"{text[: _SHARED - 1]}…"


def _end(text: str) -> str:
    return text if len(text) <= _SHARED else f"…{text[-_SHARED + 1 :]}"


def _middle(text: str) -> str:
    return text if len(text) <= _WIDEST else f"{text[: _WIDEST - 1]}…"
