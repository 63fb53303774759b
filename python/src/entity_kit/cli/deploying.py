"""`verify --deploy-from`: which options go with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from entity_kit.errors import EntityKitError

if TYPE_CHECKING:
    from collections.abc import Mapping

# What has no meaning for a merge, or isn't possible with one.
_APART = {
    "schedules": "--schedules",
    "examples": "--examples",
    "replay": "--replay",
    "changed_since": "--changed-since",
    "against": "--against-dbt",
    "fail_fast": "--fail-fast",
    "keep": "--keep",
    "html": "--report",
    "junit": "--junit",
    "listed": "--list",
}


def refuse_others(given: Mapping[str, Any]) -> None:
    """Refuse options that don't go with `--deploy-from`, and `--deploy-at` without it."""
    if given.get("deploy_from") is None:
        if given.get("deploy_at") is not None:
            raise EntityKitError(
                "--deploy-at says after which step the code changes, and needs --deploy-from.",
                fix="Add --deploy-from REF, such as --deploy-from origin/main.",
            )
        return
    for name, option in _APART.items():
        if given.get(name):
            raise EntityKitError(
                f"{option} doesn't go with --deploy-from, which replays rows as "
                "they were recorded.",
                fix="Omit one of them.",
            )
