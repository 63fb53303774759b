"""How often a project runs while its sources are replayed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from entity_kit.arrivals import timeline
from entity_kit.errors import EntityKitError, closest_word

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo

    from entity_kit.arrivals.sources import Arrivals

# The default, and the maximum if fewer would miss what the record can show (timeline.cut).
DEFAULT_STEPS, MOST_STEPS = 5, 10
ALL = "all"


@dataclass(frozen=True, slots=True)
class Pace:
    """The requested pace: a number of steps (None: one per load), a run per day or hour, or `at`."""

    steps: int | None = DEFAULT_STEPS
    every: str | None = None
    at: tuple[datetime, ...] = ()
    most: int | None = None


def parse_pace(
    steps: int | str | None = None, every: str | None = None, at: Sequence[datetime] = ()
) -> Pace:
    """Read the requested pace, and refuse invalid values. `at` wins over `every`, which wins over `steps`."""
    if at:
        return Pace(None, None, tuple(sorted(set(at))))
    if every is not None:
        if every not in timeline.EVERY:
            raise EntityKitError(
                f"The project can run every {' or '.join(timeline.EVERY)}; got `{every}`.",
                fix=closest_word(every, timeline.EVERY),
            )
        return Pace(None, every)
    if steps is None:
        return Pace(most=MOST_STEPS)
    if steps == ALL:
        return Pace(None)
    try:
        count = int(steps)
    except ValueError as error:
        raise EntityKitError(
            f"`steps` must be a number or `all`; got {steps!r}.", fix="Use --steps 5."
        ) from error
    if count < 1:
        raise EntityKitError(f"`steps` must be at least 1; got {steps}.", fix="Use --steps 5.")
    return Pace(count)


def place_steps(
    pace: Pace, arrivals: Sequence[Arrivals], zone: ZoneInfo, *, idle: bool
) -> tuple[datetime, ...]:
    """Return the instants of the steps; none if nothing arrived.

    With `idle` a run takes place at the end of a day or hour in which nothing arrived, too.
    """
    if pace.at:
        return pace.at
    if pace.steps is None and not all(found.whole for found in arrivals):
        raise EntityKitError(
            f"The sources have more than {sum(len(found.instants) for found in arrivals):,} "
            "loaded times, too many for a run after each one.",
            fix="Use --steps with a number.",
        )
    if pace.every is not None:
        return timeline.every(arrivals, pace.every, zone, idle=idle)
    return timeline.cut(arrivals, pace.steps, pace.most)


def too_few(pace: Pace, instants: Sequence[datetime]) -> str | None:
    """Return why there are fewer steps than requested, or None if there aren't."""
    if pace.steps is None or len(instants) >= pace.steps:
        return None
    several = len(instants) > 1
    return (
        f"{len(instants)} step{'s' if several else ''} instead of {pace.steps}: the rows of the "
        f"declared sources have only {len(instants)} different loaded time{'s' if several else ''}."
    )


def parse_instants(text: str) -> tuple[datetime, ...]:
    """Read instants as `written` writes them: ISO 8601, UTC unless they have an offset."""
    found = []
    for word in filter(None, (part.strip() for part in text.split(","))):
        try:
            instant = datetime.fromisoformat(word.removesuffix("Z"))
        except ValueError as error:
            raise EntityKitError(
                f"--at must be instants in ISO 8601, separated by commas; got `{word}`.",
                fix="For example: --at 2024-01-01T06:00:00Z,2024-01-02T06:00:00Z",
            ) from error
        found.append(instant if instant.tzinfo else instant.replace(tzinfo=timezone.utc))
    return tuple(sorted(set(found)))


def written(instants: Sequence[datetime]) -> str:
    """Write instants for `--at`, to the microsecond."""
    return ",".join(
        instant.astimezone(timezone.utc).replace(tzinfo=None).isoformat() + "Z"
        for instant in instants
    )
