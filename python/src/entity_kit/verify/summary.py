"""Assemble the result of a verification."""

from __future__ import annotations

import shlex
import time
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from entity_kit.verify.results import ModelResult, Timing, VerifyResult

if TYPE_CHECKING:
    from collections.abc import Sequence

    from entity_kit.arrivals.lateness import Lateness
    from entity_kit.replay.totals import Totals
    from entity_kit.verify.options import VerifyOptions
    from entity_kit.verify.session import Session


def summarize(
    session: Session,
    totals: Totals,
    results: Sequence[ModelResult] = (),
    instants: Sequence[datetime] = (),
    lateness: Sequence[Lateness] = (),
    *,
    seed: int | None = None,
) -> VerifyResult:
    """Return the result, with notes on what went wrong outside the models."""
    took = time.perf_counter() - session.started
    return VerifyResult(
        models=tuple(results),
        seed=session.options.seed if seed is None else seed,
        steps=tuple(instants),
        timing=Timing(
            total_s=took,
            dbt_s=session.dbt_s + totals.dbt_s,
            compare_s=totals.compare_s,
        ),
        notes=tuple(outside_notes(session, totals)),
        left_out=tuple(session.left_out),
        lateness=tuple(lateness),
        selection=_selection(session.options),
        ran_at=datetime.now(timezone.utc) - timedelta(seconds=took),
        synthetic=session.options.synthetic,
    )


def outside_notes(session: Session, totals: Totals) -> list[str]:
    """Return the notes on what went wrong outside the models."""
    notes = [
        *session.notes,
        *(f"Hook {name} failed: {message}" for name, message in totals.failed_hooks.items()),
        *session.runner.notes,
    ]
    if totals.kills:
        notes.append(
            f"crash: {sum(totals.kills)} of {len(totals.kills)} runs were killed; the others "
            "had already ended."
        )
    return notes


def _selection(options: VerifyOptions) -> tuple[str, ...]:
    """Return what limits a verification to a part of the project, as on the command line."""
    given = (
        ("--select", options.select),
        ("--exclude", options.exclude),
        ("--changed-since", (options.changed_since,) if options.changed_since else ()),
        ("--replay", tuple(map(str, options.cases))),
    )
    chosen = [f"{option} {shlex.join(words)}" for option, words in given if words]
    return (*chosen, "--fail-fast") if options.fail_fast else tuple(chosen)
