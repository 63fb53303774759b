"""`verify --deploy-from`: which options go with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from click.core import ParameterSource

from entity_kit.errors import EntityKitError

if TYPE_CHECKING:
    import click

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


def refuse_others(context: click.Context) -> None:
    """Refuse options on the command line that don't go with `--deploy-from`, or need it.

    What the project's file sets is for other commands, too.
    """
    if context.params.get("deploy_from") is None:
        if context.params.get("deploy_at") is not None and _is_typed(context, "deploy_at"):
            raise EntityKitError(
                "--deploy-at says after which step the code changes, and needs --deploy-from.",
                fix="Add --deploy-from REF, such as --deploy-from origin/main.",
            )
        return
    for name, option in _APART.items():
        if _is_typed(context, name):
            raise EntityKitError(
                f"{option} doesn't go with --deploy-from, which replays rows as they were recorded.",
                fix="Omit one of them.",
            )


def _is_typed(context: click.Context, name: str) -> bool:
    return context.get_parameter_source(name) is ParameterSource.COMMANDLINE
