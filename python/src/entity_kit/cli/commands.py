"""The `entity-kit` command: its sub-commands, and what becomes of their errors."""

from __future__ import annotations

import io
import os
import sys
import traceback
from importlib import import_module

import click

from entity_kit.cli.stopping import stoppable
from entity_kit.errors import EntityKitError, ExitCode
from entity_kit.warehouse import interrupt

# The exit codes that shells use after Ctrl-C and after a broken pipe.
_STOPPED, _UNREAD = 130, 141


# In the order of `--help`.
_NAMES = (
    "init",
    "new",
    "profile",
    "sample",
    "verify",
    "diff",
    "explain",
    "deprecations",
    "check",
    "metrics",
    "coverage",
    "lookback",
    "monitor",
    "report",
    "package-path",
)


class _Commands(click.Group):
    """The commands, each imported when it is named: to start must not cost what the others need."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(_NAMES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in _NAMES:
            return None
        module = cmd_name.replace("-", "_")
        found: click.Command = getattr(import_module(f"entity_kit.cli.{module}"), module)
        return found


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="entity-kit", prog_name="entity-kit")
def cli() -> None:
    """Test that each incremental dbt model equals its own full refresh."""


def main() -> None:
    """Run the command, and turn our errors into a message on stderr and an exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal may not know every character
            stream.reconfigure(errors="backslashreplace")
    try:
        with stoppable(interrupt):
            cli.main(_several(sys.argv[1:]), standalone_mode=False)
    except EntityKitError as error:
        _say(f"Error: {error.message}")
        if error.fix:
            _say(error.fix)
        sys.exit(error.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(ExitCode.USAGE)
    except (click.Abort, KeyboardInterrupt):
        _say("Stopped. Nothing was left behind.")
        sys.exit(_STOPPED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(_UNREAD)
    except Exception:  # noqa: BLE001  (Python's own exit code for it, 1, would say "differs")
        traceback.print_exc()
        _say("This is a bug in entity-kit, so there is no result. Please report the lines above.")
        sys.exit(ExitCode.DBT_FAILED)


def _several(arguments: list[str]) -> list[str]:
    """Let --select, --exclude and --replay take several words, as dbt's do."""
    given: list[str] = []
    option = None
    for argument in arguments:
        if argument.startswith("-"):
            option = argument if argument in {"--select", "-s", "--exclude", "--replay"} else None
        elif option is not None and given[-1] != option:
            given.append(option)
        given.append(argument)
    return given


def _say(text: str) -> None:
    click.echo(text, err=True)
