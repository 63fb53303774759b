"""missed-update, missed-delete, window-cut, stale-join: rows that were right aren't recomputed.

Experiment: build the model whole at the run before. Evidence: most of the wrong rows were right
then, so what arrived since makes them wrong. Through a join of a source with itself, or a window
function, it does so without being a later version of a row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from entity_kit.causes import stale_join
from entity_kit.causes.cause import Cause
from entity_kit.causes.experiment import NOT_TRIED, Experiment, RuledOut
from entity_kit.causes.own_rows import only_others_came
from entity_kit.causes.partial_group import WINDOW
from entity_kit.causes.sql_traits import ranks_within, traits

if TYPE_CHECKING:
    from entity_kit.causes.differing import Differing
    from entity_kit.causes.laboratory import Laboratory

UPDATE, DELETE = "missed-update", "missed-delete"
_CODES = (UPDATE, DELETE, WINDOW, stale_join.CODE)


def _look(laboratory: Laboratory, differing: Differing) -> Cause | RuledOut:
    own, previous = differing.own, differing.previous
    if not own or not previous:
        return NOT_TRIED
    matching = sum(laboratory.were_right(differing))
    if matching * 2 < len(own):
        return (UPDATE, DELETE, WINDOW) if differing.by_window else (UPDATE, DELETE)
    were = f"{matching} of {len(own)} examined wrong rows were right at step {previous}"
    both = [
        source
        for source in differing.joined_with_itself(laboratory.read_by(differing))
        if only_others_came(laboratory, differing, source) is not False
    ]
    facts = differing.facts
    ranked_only = ranks_within(facts.full_refresh_sql, facts.diff.key, facts.dialect)
    skips = differing.leaves_known_keys_out
    sql = traits(facts.full_refresh_sql, facts.dialect)
    # A group whose key is gone is removed by no run, whatever told the groups apart.
    gone = sql.groups and differing.kinds == {"only_incremental"}
    if differing.by_window and not gone and not skips and not (both and ranked_only):
        return Cause(
            WINDOW,
            f"{were}: rows that arrived since change the results of their window functions, and "
            "they weren't recomputed.",
        )
    if both:
        return Cause(
            stale_join.CODE,
            f"{were}: rows of {both[0].name} that arrived since change them, and they weren't recomputed. "
            f"The model reads {both[0].name} twice, as in a join with itself, and looks for new rows in one "
            "of the two only.",
        )
    return _left_as_they_were(laboratory, differing, were, skips=skips)


def _left_as_they_were(
    laboratory: Laboratory, differing: Differing, were: str, *, skips: bool
) -> Cause:
    joined = None if skips else _joined_alone(laboratory, differing)
    if joined is not None:
        return Cause(
            stale_join.CODE,
            f"{were}, and no row that they are made from arrived again: rows of {joined} that arrived "
            f"since change them. The model doesn't look for changes in {joined}.",
        )
    if differing.facts.diff.key and all(row.kind == "only_incremental" for row in differing.own):
        return Cause(
            DELETE,
            f"{were}: because of rows that arrived since, the full refresh no longer has them, and "
            "no run removes them.",
        )
    why = ", because a run leaves out the keys that the table has" if skips else ""
    return Cause(
        UPDATE,
        f"{were}: rows that arrived since change them, and they weren't recomputed{why}.",
    )


def _joined_alone(laboratory: Laboratory, differing: Differing) -> str | None:
    """Return the source that a run reads whole, if rows of it came and none of the wrong rows' own."""
    sources = laboratory.read_by(differing)
    chosen = differing.filtered(sources)
    if not any(only_others_came(laboratory, differing, source) for source in chosen):
        return None
    for source in (each for each in sources if each not in chosen):
        if laboratory.arrived(differing, source, since=differing.previous) > 0:
            return source.name
    return None


EXPERIMENT = Experiment(
    "Rows that were right aren't recomputed.",
    _CODES,
    _look,
    shows_in=frozenset({"changed", "only_incremental"}),
)
