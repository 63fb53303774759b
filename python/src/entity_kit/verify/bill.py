"""Warehouses that bill for what runs: nothing is read or run there without consent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from entity_kit.errors import EntityKitError
from entity_kit.verify.listing import listing_lines
from entity_kit.verify.reports.words import printable

if TYPE_CHECKING:
    from collections.abc import Callable

    from entity_kit.dbt_bridge.profiles import Target
    from entity_kit.verify.listing import Listing
    from entity_kit.verify.options import VerifyOptions

    # Shows a text, and returns whether to go on.
    Ask = Callable[[str], bool]


def consent_to_read(options: VerifyOptions, target: Target, ask: Ask | None) -> None:
    """Go on only if the user agreed to what a billed target costs, or does so when asked."""
    if options.billed:
        return
    kind = target.output["type"]
    if ask is None:
        raise EntityKitError(
            f"Target `{target.name}` is of type {kind}, which bills for what verify reads and runs "
            "there, so nothing was read.",
            fix="Pass --yes to `entity-kit verify`. Or verify without the warehouse: "
            f"entity-kit sample, then entity-kit verify --dialect {kind} --samples DIR.",
        )
    if not ask(
        f"Target `{target.name}` is of type {kind}, which bills for what runs there. verify first "
        "reads all rows of the sources that declare when they arrive, and loads the seeds."
    ):
        raise EntityKitError("Stopped before anything was read.")


def consent_to_run(options: VerifyOptions, listing: Listing, ask: Ask | None) -> None:
    """Say what would run, once that is known, and go on only if the user agrees."""
    if options.billed:
        return
    lines = [printable(line).replace(" Nothing was run.", "") for line in listing_lines(listing)]
    if ask is None or not ask("\n".join(lines)):
        raise EntityKitError("Stopped before the first run of a model.")
