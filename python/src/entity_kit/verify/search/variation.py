"""One random variation of what may arrive: steps, runs, and deliveries."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from entity_kit.arrivals.schedules import RecordedWorld
    from entity_kit.arrivals.sources import Arrivals


@dataclass(frozen=True, slots=True)
class Variation:
    """One example before its rows are drawn."""

    world: RecordedWorld
    runs: Mapping[int, int]
    kinds: tuple[str, ...]


def vary(
    recorded: RecordedWorld,
    measured: Sequence[Arrivals],
    kinds: Sequence[str],
    steps: int,
    seed: str,
) -> Variation:
    """Draw an example: at most `steps` steps at recorded times, runs, and some of the deliveries."""
    chance = random.Random(seed)  # noqa: S311  (nothing is secret here)
    last = recorded.instants[-1]
    moments = sorted({t for found in measured for t in found.instants if t < last})
    count = min(len(moments), chance.randint(1, max(steps - 1, 1)))
    instants = (*sorted(chance.sample(moments, count)), last)
    final = len(instants)
    runs = {state: chance.choice((1, 1, 1, 1, 2)) for state in range(1, final + 1)}
    for state in range(2, final):
        if chance.random() < 0.2:
            del runs[state]
    if chance.random() < 0.3:
        runs[0] = 1
    several = chance.randint(1, len(kinds)) if kinds else 0
    chosen = chance.sample(list(kinds), several)
    return Variation(
        replace(recorded, instants=instants), runs, tuple(k for k in kinds if k in chosen)
    )
