"""Say which batches of a microbatch model a dbt builds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from entity_kit.dbt_bridge.microbatch import OwnBatches, lookback_of
from entity_kit.wording import counted

if TYPE_CHECKING:
    from collections.abc import Mapping


def batches_text(own: OwnBatches | None, config: Mapping[str, Any], is_incremental: bool) -> str:
    """Return which batches a run builds, or '' if the model isn't built in batches.

    `own` is how the dbt chooses by itself; None is dbt v1's choice.
    """
    if config.get("incremental_strategy") != "microbatch":
        return ""
    shift = (own or OwnBatches()).shift(config, is_incremental=is_incremental)
    if shift is None:
        return "no batch"
    if not is_incremental:
        first = f"from {counted(shift.first, 'batch')} after `begin`" if shift.first else "all"
        last = f" up to {shift.last:+} from the current one" if shift.last else ""
        return f"{first} batches{last}" if first == "all" else first + last
    lookback = lookback_of(config)
    count = lookback + 1 - shift.first + shift.last
    if shift.last:
        return f"those from {shift.first - lookback:+} to {shift.last:+} around the current one"
    return f"the last {count} batches" if count != 1 else "the last batch"
