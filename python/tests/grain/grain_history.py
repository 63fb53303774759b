"""A history as `scd2_history` returns it, reduced to what the grain tests need."""

from __future__ import annotations

from itertools import groupby
from typing import Any


def _live_values(rows: list[dict[str, Any]]) -> Any:
    return next((row["tier"] for row in reversed(rows) if not row["deleted"]), None)


def history(
    log: list[dict[str, Any]],
    hard_deletes: str,
    *,
    overwrite: bool,
) -> list[dict[str, Any]]:
    """Return the versions of every entity. `plan` is tracked; `tier` too, unless it is overwritten."""
    versions: list[dict[str, Any]] = []
    keyed = sorted(
        (row for row in log if (row["k1"], row["k2"]) != (None, None)),
        key=lambda r: (repr(r["k1"]), repr(r["k2"]), r["changed_at"], r["loaded_at"], r["id"]),
    )
    for (k1, k2), group in groupby(keyed, key=lambda r: (r["k1"], r["k2"])):
        rows = list(group)
        # Of the rows with one changed_at the last is the version; equal neighbours are one.
        states: list[dict[str, Any]] = []
        for changed_at, same in groupby(rows, key=lambda r: r["changed_at"]):
            stated = list(same)
            loaded_at = max(row["loaded_at"] for row in stated)
            last = stated[-1]
            tracked = (last["plan"],) if overwrite else (last["plan"], last["tier"])
            state = (True,) if last["deleted"] else (False, *tracked)
            if states and states[-1]["state"] == state:
                states[-1]["loaded_at"] = max(states[-1]["loaded_at"], loaded_at)
                continue
            states.append(
                {"state": state, "from": changed_at, "loaded_at": loaded_at, "row": last},
            )
        never_live = all(state["state"][0] for state in states)
        tier = _live_values(rows)
        for position, state in enumerate(states):
            following = states[position + 1] if position + 1 < len(states) else None
            is_deleted = state["state"][0]
            if is_deleted and hard_deletes == "invalidate" and not never_live:
                continue
            loaded_at = state["loaded_at"]
            if following is not None and following["state"][0] and hard_deletes == "invalidate":
                loaded_at = max(loaded_at, following["loaded_at"])
            versions.append(
                {
                    "k1": k1,
                    "k2": k2,
                    "plan": None if is_deleted else state["row"]["plan"],
                    "tier": tier if overwrite else state["row"]["tier"],
                    "valid_from": state["from"],
                    "valid_to": following["from"] if following is not None else None,
                    "is_current": following is None and not is_deleted,
                    "is_deleted": is_deleted,
                    "loaded_at": loaded_at,
                },
            )
    return versions
