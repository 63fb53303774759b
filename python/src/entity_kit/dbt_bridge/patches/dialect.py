"""Let dbt-duckdb run a project that is written in another dialect.

A model's SQL is translated as soon as dbt has compiled it, before any of dbt's macros wraps it. What
the user's macros, hooks, and models send by themselves is translated on its way to the adapter. What
dbt's and the adapter's macros write is DuckDB's already, wherever it stands.
"""

from __future__ import annotations

import re
import sys
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from entity_kit.dbt_bridge import dialect_text as text
from entity_kit.dbt_bridge.dialect import Unsupported
from entity_kit.dbt_bridge.dialect_calls import type_named, written
from entity_kit.dbt_bridge.dialect_types import dialect_type
from entity_kit.dbt_bridge.nodes import DBTS_OWN
from entity_kit.dbt_bridge.strategies import with_max_partition
from entity_kit.dbt_bridge.writers import asks_for_the_user, is_the_users
from entity_kit.dialects import UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from entity_kit.dbt_bridge.dialect import Dialect

# The versions of dbt-core on which this was checked.
CHECKED_ON = ("1.9", "1.10", "1.11")

_EPHEMERAL = re.compile(r"compilation error in referenced ephemeral model (\S+)")
_NOTHING = "select 1 where 1 = 0"
# Macros of dbt whose text is DuckDB's because they were dispatched to it.
_WRITING = ("macros/utils/", "macros/adapters/timestamps")
# Except for types, which mean the same in the user's dialect, and for what is no expression.
_CLOCKS = frozenset({"duckdb__current_timestamp", "duckdb__snapshot_get_time"})
_NOT_THESE = ("data_types", "except", "intersect", "date_spine", "generate_series", "literal")
_EXPRESSIONS = ("predicates", "incremental_predicates", "partitions")


class _State(threading.local):
    depth = 0  # of macros whose text is DuckDB's, in this thread


class _Run:
    """The current run; `dialect` is None if nothing is to be translated."""

    def __init__(self) -> None:
        self.installed = False
        self.dialect: Dialect | None = None
        self.tell: Callable[[str], None] = lambda _: None
        self.unsupported: dict[str, Unsupported] = {}
        self.state = _State()


_run = _Run()


def use(dialect: Dialect | None, tell: Callable[[str], None]) -> None:
    """Translate from this dialect from now on; None translates nothing."""
    if dialect is None and not _run.installed:
        return
    _run.dialect, _run.tell, _run.unsupported = dialect, tell, {}
    if not _run.installed:
        _install()
        _run.installed = True


def unsupported(unique_id: str, message: str) -> Unsupported | None:
    """Return what kept a node of this run from being translated: its own SQL, or an ephemeral model's.

    `message` is dbt's, which names that model and says nothing else.
    """
    behind = _EPHEMERAL.search(message)
    return _run.unsupported.get(unique_id if behind is None else behind[1])


def _install() -> None:
    _patch_compiler()
    _patch_statements()
    _patch_macros()
    _patch_names()
    _patch_strategies()


def _patch_compiler() -> None:
    from dbt.compilation import Compiler  # noqa: PLC0415  (only where dbt is importable)

    compile_code = Compiler._compile_code  # noqa: SLF001

    def compile_and_translate(self: Any, node: Any, *args: Any, **kwargs: Any) -> Any:
        node = compile_code(self, node, *args, **kwargs)
        if _run.dialect is None or str(node.language) == "python":
            return node
        kind = str(node.resource_type)
        if kind == "operation":
            node.compiled_code = _hook(node, _run.dialect)
        elif kind == "model":
            compiled = node.compiled_code
            if _run.dialect.name == "bigquery":
                config = node.config.to_dict(omit_none=True)
                compiled = with_max_partition(compiled, config, node.relation_name or "")
            with _told(node, compiled, Path(self.config.project_root)):
                header = str(node.config.get("sql_header") or "")
                if header:
                    node.config["sql_header"] = text.translated_header(header, _run.dialect)
                node.compiled_code = text.translated(compiled, _run.dialect, header)
                for name in _EXPRESSIONS:
                    given = node.config.get(name)
                    if given:
                        node.config[name] = _expressions(given, _run.dialect)
        return node

    Compiler._compile_code = compile_and_translate  # noqa: SLF001


def _expressions(given: Any, dialect: Dialect) -> Any:
    each = [given] if isinstance(given, str) else given
    return [text.translated_expression(str(one), dialect) for one in each]


def _hook(node: Any, dialect: Dialect) -> str:
    """Return what to run of a hook of the project."""
    compiled = str(node.compiled_code or "")
    if not compiled.strip():
        return compiled
    words = text.ignored(compiled)
    try:
        if words is None:
            return text.translated(compiled, dialect)
        why = f"`{words}` changes no rows."
    except UnsupportedError as error:
        why = f"{error.construct} can't be translated to DuckDB. {error.why}"
    _run.tell(f"Hook {node.name} was skipped: {why}")
    return ""


@contextmanager
def _told(node: Any = None, compiled: str = "", root: Path | None = None) -> Iterator[None]:
    """Turn an UnsupportedError in the block into dbt's error, and remember whose it is."""
    try:
        yield
    except UnsupportedError as error:
        from dbt_common.exceptions import DbtRuntimeError  # noqa: PLC0415

        path, line = "", None
        if node is not None and root is not None:
            path = str(node.original_file_path)
            file = _file_text(root, node)
            line = text.line_in_file(file, compiled, error.line, error.construct)
        dialect = _run.dialect.name if _run.dialect else ""
        found = Unsupported(
            dialect, error.construct, error.line, error.why, path, line, sent=node is None
        )
        _run.unsupported.setdefault(_running(), found)
        raise DbtRuntimeError(str(found)) from error


def _running() -> str:
    """Return the id of the node that runs in this thread, or ''."""
    from dbt_common.events.contextvars import get_node_info  # noqa: PLC0415

    return str((get_node_info() or {}).get("unique_id") or "")


def _file_text(root: Path, node: Any) -> str:
    for folder in (root, root / "dbt_packages" / str(node.package_name)):
        file = folder / str(node.original_file_path)
        if file.is_file():
            return file.read_text(encoding="utf-8", errors="replace")
    return ""


def _patch_statements() -> None:
    from dbt.adapters.sql import SQLConnectionManager  # noqa: PLC0415
    from dbt_common.clients.jinja import CallableMacroGenerator  # noqa: PLC0415

    add_query = SQLConnectionManager.add_query
    calls = CallableMacroGenerator.call_macro.__code__

    def add_translated(self: Any, sql: str, *args: Any, **kwargs: Any) -> Any:
        if _run.dialect is not None:
            theirs = is_the_users(sys._getframe(1), calls)  # noqa: SLF001
            sql = _statement(sql, _run.dialect) if theirs else _duckdbs(sql, _run.dialect)
        return add_query(self, sql, *args, **kwargs)

    SQLConnectionManager.add_query = add_translated


def _statement(sql: str, dialect: Dialect) -> str:
    """Return what to run instead of the user's own statement."""
    if text.ends_or_begins(sql):
        return sql
    words = text.ignored(sql)
    if words is not None:
        _run.tell(f"Statements that change no rows are skipped: {words}.")
        return _NOTHING
    if not _running() or _running().startswith("operation."):
        return _hooks_statement(sql, dialect)
    with _told():
        return text.translated_statement(sql, dialect)


def _hooks_statement(sql: str, dialect: Dialect) -> str:
    """Return what to run of a statement that a macro sends while a hook of the project is compiled."""
    try:
        return text.translated_statement(sql, dialect)
    except UnsupportedError as error:
        _run.tell(
            f"A statement of the project's hooks was skipped: {error.construct} can't be translated "
            f"to DuckDB. {error.why}"
        )
        return _NOTHING


def _duckdbs(sql: str, dialect: Dialect) -> str:
    bare = text.unmarked(sql)
    return text.with_double_quotes(bare) if dialect.backticks else bare


def _patch_macros() -> None:
    from dbt.clients.jinja import MacroGenerator  # noqa: PLC0415
    from dbt.context.providers import BaseDatabaseWrapper  # noqa: PLC0415

    call = MacroGenerator.__call__

    def call_and_mark(self: Any, *args: Any, **kwargs: Any) -> Any:
        dialect, state = _run.dialect, _run.state
        if dialect is None or state.depth:
            return call(self, *args, **kwargs)
        named = _type_named(self.macro, dialect)
        if named is not None:
            return named
        if not _writes_duckdb(self):
            return call(self, *args, **kwargs)
        with _told():
            theirs = written(dialect.name, str(self.macro.name).partition("__")[2], args, kwargs)
        if theirs is not None:
            return theirs
        with _told():
            args = tuple(_argument(each, dialect) for each in args)
            kwargs = {name: _argument(each, dialect) for name, each in kwargs.items()}
        state.depth += 1
        try:
            result = call(self, *args, **kwargs)
        finally:
            state.depth -= 1
        return text.mark(result) if isinstance(result, str) and result.strip() else result

    MacroGenerator.__call__ = call_and_mark
    prefixes = BaseDatabaseWrapper._get_adapter_macro_prefixes  # noqa: SLF001

    def prefixes_with_the_dialects(self: Any) -> Any:
        found = prefixes(self)
        return found if _run.dialect is None else [*found[:-1], *_run.dialect.prefixes, found[-1]]

    BaseDatabaseWrapper._get_adapter_macro_prefixes = prefixes_with_the_dialects  # noqa: SLF001


def _patch_strategies() -> None:
    from dbt.adapters.duckdb.impl import DuckDBAdapter  # noqa: PLC0415

    valid = DuckDBAdapter.valid_incremental_strategies

    def valid_with_ours(self: Any) -> list[str]:
        found = list(valid(self))
        return found if _run.dialect is None else [*found, "insert_overwrite"]

    DuckDBAdapter.valid_incremental_strategies = valid_with_ours


def _type_named(macro: Any, dialect: Dialect) -> str | None:
    if macro.package_name not in DBTS_OWN or not str(macro.name).startswith("default__type_"):
        return None
    return type_named(dialect.name, str(macro.name).removeprefix("default__"))


def _writes_duckdb(called: Any) -> bool:
    """Return whether a macro writes an expression for DuckDB into a text of the user's."""
    macro = called.macro
    name, path = str(macro.name), str(macro.original_file_path).replace("\\", "/")
    if macro.package_name not in DBTS_OWN or not name.startswith(("duckdb__", "default__")):
        return False
    if name not in _CLOCKS and (
        not path.startswith(_WRITING) or path.rpartition("/")[2].startswith(_NOT_THESE)
    ):
        return False
    above = [str(each) for each in (called.stack.call_stack if called.stack else ())]
    own = [each.split(".")[1] in DBTS_OWN for each in above]
    materializing = any(".materialization_" in each for each in above)
    return not materializing or not all(own) or any(e.endswith(".run_hooks") for e in above)


def _argument(given: Any, dialect: Dialect) -> Any:
    if isinstance(given, str):
        return text.translated_argument(given, dialect)
    if isinstance(given, list):
        return [_argument(each, dialect) for each in given]
    return given


def _patch_names() -> None:
    """Quote names as the dialect does in what the user's text contains, and show Jinja its target."""
    from dbt.adapters.base import Column  # noqa: PLC0415
    from dbt.adapters.base.relation import BaseRelation  # noqa: PLC0415
    from dbt.adapters.sql import SQLAdapter  # noqa: PLC0415
    from dbt.config.profile import Profile  # noqa: PLC0415
    from dbt_common.clients.jinja import CallableMacroGenerator  # noqa: PLC0415

    quoted, quote = BaseRelation.quoted, SQLAdapter.quote
    column, target = Column.quoted.fget, Profile.to_target_dict
    data_type, calls = Column.data_type.fget, CallableMacroGenerator.call_macro.__code__

    def backticks() -> bool:
        return _run.dialect is not None and _run.dialect.backticks

    def quoted_part(self: Any, identifier: str) -> Any:
        return f"`{identifier}`" if backticks() else quoted(self, identifier)

    def quote_name(_: Any, identifier: str) -> Any:
        return f"`{identifier}`" if backticks() else quote(identifier)

    def quoted_column(self: Any) -> Any:
        return f"`{self.column}`" if backticks() else column(self)

    def data_type_there(self: Any) -> Any:
        found = data_type(self)
        if _run.dialect is None or not asks_for_the_user(sys._getframe(1), calls):  # noqa: SLF001
            return found
        return dialect_type(self.dtype if self.is_string() else found, _run.dialect.name)

    def to_target_dict(self: Any) -> Any:
        found = target(self)
        if _run.dialect is None:
            return found
        shown = {**_run.dialect.target, **found}
        if _run.dialect.target_type:
            shown["type"] = _run.dialect.target_type
        return shown

    BaseRelation.quoted = quoted_part
    SQLAdapter.quote = classmethod(quote_name)
    Column.quoted = property(quoted_column)
    Column.data_type = property(data_type_there)
    Profile.to_target_dict = to_target_dict
