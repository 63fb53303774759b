"""Prepares a process in which dbt will run many times: its locks, and what it need not look up again."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

# The versions of dbt-core on which this was checked.
CHECKED_ON = ("1.9", "1.10", "1.11")


def use_context(context: Any) -> None:
    """Make dbt's locks with this multiprocessing context, before anything else of dbt is imported.

    Locks of the context `fork` have no system name that a killed worker could leave behind.
    """
    from dbt import mp_context  # noqa: PLC0415  (only where dbt is importable)

    mp_context._MP_CONTEXT = context  # noqa: SLF001


def find_plugins_once() -> None:
    """Look for dbt's plugins only once, because listing all modules is a tenth of a warm run."""
    from dbt.plugins.manager import PluginManager  # noqa: PLC0415

    found = PluginManager.get_prefixed_modules()
    PluginManager.get_prefixed_modules = lambda: found


def name_callers_quickly() -> None:
    """Find the module that declares a behavior flag by its frame's globals.

    dbt reads the source of every frame for it, each time an adapter is registered: a third of a
    warm run.
    """
    from dbt_common import behavior_flags  # noqa: PLC0415

    def default_source() -> str:
        frame: FrameType | None = sys._getframe(1)  # noqa: SLF001
        while frame is not None:
            name = str(frame.f_globals.get("__name__", ""))
            if name not in {__name__, behavior_flags.__name__}:
                return name
            frame = frame.f_back
        return "Unknown"

    behavior_flags.BehaviorFlagRendered._default_source = staticmethod(default_source)  # noqa: SLF001


@cache
def build_once() -> None:
    """Build once what dbt builds for each macro and each run: a third of parsing.

    These are the parts of the Jinja context that never differ, the environment that finds a macro's
    calls, and the compiled comment that a run puts before its SQL. Each caught error looks for
    secrets in the environment, which is quicker by name.
    """
    from dbt.adapters.clients import jinja as headers  # noqa: PLC0415
    from dbt.clients import jinja_static  # noqa: PLC0415
    from dbt.context import base  # noqa: PLC0415
    from dbt_common.exceptions import base as exceptions  # noqa: PLC0415

    for name in ("pytz", "re", "itertools"):
        made = getattr(base, f"get_{name}_module_context")()
        setattr(base, f"get_{name}_module_context", made.copy)
    jinja_static.get_environment = cache(jinja_static.get_environment)
    _parse_each_macro_once()
    environment = headers.get_environment()
    compiled = cache(environment.compile)
    environment.from_string = lambda source, globals: environment.template_class.from_code(  # noqa: A006
        environment, compiled(source), environment.make_globals(globals)
    )
    headers.get_environment = lambda: environment

    def find_secrets() -> list[str]:
        named = [name for name in os.environ if name.startswith(exceptions.SECRET_ENV_PREFIX)]
        return [os.environ[name] for name in named if os.environ[name].strip()]

    exceptions.env_secrets = find_secrets


def _parse_each_macro_once() -> None:
    """Find a macro's calls in the tree that it was parsed to when its file was read.

    dbt parses its text a second time for that: a tenth of a cold parse.
    """
    from dbt.clients import jinja_static  # noqa: PLC0415
    from dbt_common.clients import jinja  # noqa: PLC0415

    trees: dict[str, Any] = {}
    finds_calls = jinja_static.get_environment(None, capture_macros=True)
    parse, parse_again = jinja.parse, finds_calls.parse

    def parse_and_keep(text: Any) -> Any:
        tree = trees[str(text)] = parse(text)
        return tree

    def take_or_parse(source: str, *rest: Any, **named: Any) -> Any:
        tree = trees.pop(source, None)
        return parse_again(source, *rest, **named) if tree is None else tree

    jinja.parse, finds_calls.parse = parse_and_keep, take_or_parse


class LateContext(Mapping[str, Any]):
    """A Jinja context that is built when something is rendered with it."""

    def __init__(self, build: Callable[[], Mapping[str, Any]]) -> None:
        self._build = build

    @cached_property
    def _built(self) -> Mapping[str, Any]:
        return self._build()

    def __getitem__(self, name: str) -> Any:
        return self._built[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._built)

    def __len__(self) -> int:
        return len(self._built)

    def copy(self) -> dict[str, Any]:
        """Return a plain copy, which Jinja makes where rendering fails."""
        return dict(self._built)


@cache
def describe_late() -> None:
    """Build the context of a description only if the description has Jinja in it.

    dbt builds one for each node and each macro, most of which have no description at all: a tenth
    of parsing. Once for this process: the patch calls what it replaces.
    """
    from dbt.parser import manifest  # noqa: PLC0415

    generate = manifest.generate_runtime_docs_context
    manifest.generate_runtime_docs_context = lambda *arguments: LateContext(
        lambda: generate(*arguments)
    )


@cache
def drop_unheard_events() -> None:
    """Drop dbt's debug events where no log takes them, before they are turned into messages.

    Once for this process: the patch calls what it replaces.
    """
    from dbt_common.events.base_types import EventLevel  # noqa: PLC0415
    from dbt_common.events.event_manager import EventManager  # noqa: PLC0415

    fire_event = EventManager.fire_event
    unheard = {EventLevel.DEBUG, EventLevel.TEST}

    def fire_heard_event(
        manager: Any, event: Any, level: Any = None, *arguments: Any, **named: Any
    ) -> None:
        if manager.loggers or (level or event.level_tag()) not in unheard:
            fire_event(manager, event, level, *arguments, **named)

    EventManager.fire_event = fire_heard_event


@cache
def write_no_compiled_files() -> None:
    """Don't write what a model compiles to, and what it runs, as files: nobody reads ours.

    Only for a process that is ours alone.
    """
    from dbt.contracts.graph.nodes import ParsedNode  # noqa: PLC0415

    ParsedNode.write_node = lambda *_: None


@cache
def describe_events_late() -> None:
    """Turn an event's values into its message once something reads it: most are dropped before.

    Once for this process: the patch calls what it replaces.
    """
    from dbt_common.events.base_types import BaseEvent  # noqa: PLC0415

    describe, read, write = BaseEvent.__init__, BaseEvent.__getattr__, BaseEvent.__setattr__

    def keep(event: Any, *arguments: Any, **values: Any) -> None:
        event.__dict__["given"] = arguments, values

    def described(event: Any) -> Any:
        if "given" in event.__dict__:
            arguments, values = event.__dict__.pop("given")
            describe(event, *arguments, **values)
        return event

    def read_late(event: Any, name: str) -> Any:
        described(event)
        return event.__dict__[name] if name == "pb_msg" else read(event, name)

    def write_late(event: Any, name: str, value: Any) -> None:
        write(event if name == "pb_msg" else described(event), name, value)

    BaseEvent.__init__, BaseEvent.__getattr__ = keep, read_late
    BaseEvent.__setattr__ = write_late
