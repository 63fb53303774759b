"""An experiment: what it looks for, which codes it can return, and how it runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, get_args

from entity_kit.causes.cause import Cause
from entity_kit.compare.difference import Kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from entity_kit.causes.differing import Differing
    from entity_kit.causes.laboratory import Laboratory

# The codes that an experiment ruled out, because it ran and shows nothing.
RuledOut = tuple[str, ...]

# Every kind of difference: for experiments that make all of it go away.
ANY: frozenset[Kind] = frozenset(get_args(Kind))

# What an experiment returns if it has nothing to try.
NOT_TRIED: RuledOut = ()


@dataclass(frozen=True, slots=True)
class Experiment:
    """One way to find a cause. `claim` is true of the model if it finds one.

    `codes` are all the causes that `look` may return or rule out. `explains` are the kinds of
    difference that they account for, and `shows_in` those of which they make one at least: it isn't
    asked about others. `repeats` marks what passes on a cause that was found elsewhere.
    """

    claim: str
    codes: tuple[str, ...]
    look: Callable[[Laboratory, Differing], Cause | RuledOut]
    explains: frozenset[Kind] = ANY
    shows_in: frozenset[Kind] = ANY
    repeats: bool = False

    def __call__(self, laboratory: Laboratory, differing: Differing) -> Cause | RuledOut:
        """Run the experiment if it can explain the difference, and refuse an undeclared answer."""
        kinds = differing.kinds
        if not kinds <= self.explains or (kinds and not kinds & self.shows_in):
            return NOT_TRIED
        answer = self.look(laboratory, differing)
        codes = (answer.name,) if isinstance(answer, Cause) else answer
        if not self.repeats and not set(codes) <= set(self.codes):
            raise ValueError(
                f"{codes} came from an experiment that declares {self.codes}: {self.claim}"
            )
        return answer
