"""Does once, or only as far as needed, what dbt does again for each Jinja context and each query.

dbt makes about five contexts for a model that it builds, and binds every macro of the project, its
packages, and dbt's own to each.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from entity_kit.dbt_bridge.late import LateDict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

# The versions of dbt-core on which this was checked.
CHECKED_ON = ("1.9", "1.10", "1.11")


@cache
def bind_macros_late() -> None:
    """Bind a macro to a context when it is first looked up there: a sixth of a model's run.

    Once for this process: the patch calls what it replaces.
    """
    from dbt.clients.jinja import MacroGenerator  # noqa: PLC0415  (only where dbt is importable)
    from dbt.context import macros, manifest  # noqa: PLC0415

    if vars(MacroGenerator(None, 1, 2, 3)) != {"macro": None, "context": 1, "node": 2, "stack": 3}:
        return  # another dbt, whose generators know more

    namespace_class = _late_namespace()
    macros_of = _of_the_last_project()

    def build_namespace(builder: Any, by_package: Any, context: Any) -> Any:
        node, stack, new = builder.node, builder.thread_ctx, object.__new__

        def bind(macro: Any) -> Any:
            made = new(MacroGenerator)
            made.macro, made.context, made.node, made.stack = macro, context, node, stack
            return made

        order = tuple(builder.internal_package_names_order)
        known = macros_of(by_package, order, builder.search_package, builder.root_package)
        return namespace_class(known, bind)

    whole = manifest.ManifestContext
    build, write = whole._build_namespace, whole.to_dict  # noqa: SLF001

    def build_late(context: Any) -> Any:
        late = context._ctx = LateDict(own=context._ctx)  # noqa: SLF001
        namespace = build(context)
        if isinstance(namespace, namespace_class):
            late.add_late(namespace.known, namespace.__getitem__)
        return namespace

    def write_late(context: Any) -> Any:
        if not isinstance(context.namespace, namespace_class):
            return write(context)
        made = super(whole, context).to_dict()
        # A macro goes before what else has its name.
        for name in made.made() & context.namespace.known.keys():
            made[name] = context.namespace[name]
        return made

    macros.MacroNamespaceBuilder.build_namespace = build_namespace
    whole._build_namespace = build_late  # noqa: SLF001
    whole.to_dict = write_late
    _dispatch_once(namespace_class)


def _dispatch_once(namespace_class: Any) -> None:
    """Search the packages for a dispatched macro once for each context, not at each call."""
    from dbt.context.providers import BaseDatabaseWrapper  # noqa: PLC0415

    search = BaseDatabaseWrapper.dispatch

    def dispatch(
        adapter: Any, macro_name: Any, macro_namespace: Any = None, packages: Any = None
    ) -> Any:
        space = adapter._namespace  # noqa: SLF001
        asked = (macro_name, macro_namespace)
        if packages is not None or not isinstance(space, namespace_class):
            return search(adapter, *asked, packages)
        if asked not in space.dispatched:
            space.dispatched[asked] = search(adapter, *asked)
        return space.dispatched[asked]

    BaseDatabaseWrapper.dispatch = dispatch


def _late_namespace() -> Any:
    """Return dbt's class for the macros of a context, with each bound when it is looked up."""
    from dbt.context.macros import MacroNamespace  # noqa: PLC0415

    class Namespace(MacroNamespace):  # type: ignore[misc]
        """The macros of a context, by each name that a context knows them by."""

        def __init__(self, known: _Macros, bind: Callable[[Any], Any]) -> None:
            def bound(members: Mapping[str, Any]) -> LateDict:
                return LateDict(members, lambda name: bind(members[name]))

            packages = LateDict(known.packages, lambda name: bound(known.packages[name]))
            super().__init__(bound(known.root), bound(known.own), bound(known.dbts), packages)
            self.known = known.by_name
            self.dispatched: dict[Any, Any] = {}
            self._bind, self._bound = bind, bound

        def __getitem__(self, name: str) -> Any:
            found = self.known[name]
            return self._bound(found) if isinstance(found, dict) else self._bind(found)

        def __iter__(self) -> Iterator[str]:
            return iter(self.known)

        def __len__(self) -> int:
            return len(self.known)

    return Namespace


class _Macros:
    """A project's macros as dbt looks for them from one package: by package, and by name."""

    def __init__(
        self, by_package: Mapping[str, Mapping[str, Any]], order: Sequence[str], own: str, root: str
    ) -> None:
        self.packages = {name: dict(members) for name, members in by_package.items()}
        internal = {name: self.packages.pop(name) for name in set(order) if name in self.packages}
        self.dbts: dict[str, Any] = {}
        for name in reversed(order):
            self.dbts.update(internal.get(name, {}))
        self.own = self.packages.get(own, {})
        self.root = self.packages.get(root, {})
        # What comes later goes before.
        self.by_name: dict[str, Any] = {
            **self.dbts,
            "dbt": self.dbts,
            **self.packages,
            **self.root,
            **self.own,
        }


def _of_the_last_project() -> Callable[..., _Macros]:
    """Return what makes `_Macros`, or takes what it has made of the same macros before."""
    last: Any = None
    made: dict[Any, _Macros] = {}

    def macros_of(by_package: Any, *names: Any) -> _Macros:
        nonlocal last, made
        if by_package is not last:
            last, made = by_package, {}
        if names not in made:
            made[names] = _Macros(by_package, *names)
        return made[names]

    return macros_of


@cache
def make_macros_once() -> None:
    """Make a macro once for each context that calls it, not at each call.

    A macro looks up its names in the context when it is called, so nothing is kept of an earlier
    call. All macros of a context look in one, of Jinja's, instead of one each: a twentieth of a
    model's run. Only for a process that is ours alone.
    """
    from dbt_common.clients.jinja import CallableMacroGenerator  # noqa: PLC0415
    from dbt_common.utils.jinja import get_dbt_macro_name  # noqa: PLC0415
    from jinja2.runtime import Context  # noqa: PLC0415

    make = CallableMacroGenerator.get_macro

    class Shared(Context):
        """A macro's names: dbt's first, at the speed of a dict."""

        late: LateDict

        def resolve_or_missing(self, key: str) -> Any:
            try:
                return self.late[key]
            except KeyError:
                return super().resolve_or_missing(key)

    def get_macro(generator: Any) -> Any:
        late = generator.context
        if not isinstance(late, LateDict):
            return make(generator)
        made, macro = late.macros, generator.macro
        if macro.unique_id not in made:
            template = generator.get_template()
            if late.jinja is None:
                one = template.new_context(late)
                late.jinja = Shared(one.environment, one.parent, one.name, one.blocks)
                late.jinja.late = late
            for _ in template.root_render_func(late.jinja):
                pass
            made[macro.unique_id] = late.jinja.vars[get_dbt_macro_name(macro.name)]
        return made[macro.unique_id]

    CallableMacroGenerator.get_macro = get_macro


@cache
def compile_templates_once() -> None:
    """Compile a model's Jinja once, not in each run: a twenty-fifth of a model's run.

    Only for a process that is ours alone.
    """
    from dbt_common.clients.jinja import MacroFuzzEnvironment  # noqa: PLC0415

    compile_anew = MacroFuzzEnvironment.compile
    made: dict[Any, Any] = {}

    def compile_once(environment: Any, source: Any, *named: Any, **options: Any) -> Any:
        if named or options or not isinstance(source, str):
            return compile_anew(environment, source, *named, **options)
        key = (type(environment), tuple(environment.extensions), source)
        if key not in made:
            made[key] = compile_anew(environment, source)
        return made[key]

    MacroFuzzEnvironment.compile = compile_once


@cache
def look_up_relations_by_name() -> None:
    """Compare a relation that is looked for with those of its name, not with all of the schema.

    Once for this process: the patch calls what it replaces.
    """
    from dbt.adapters.base import BaseAdapter  # noqa: PLC0415
    from dbt.adapters.contracts.relation import ComponentName  # noqa: PLC0415

    make_match = BaseAdapter._make_match  # noqa: SLF001

    def match_namesakes(
        adapter: Any, relations: Sequence[Any], database: Any, schema: Any, identifier: Any
    ) -> Any:
        if identifier is not None:
            name = identifier.lower().strip('"`')
            relations = [
                each
                for each in relations
                if str(each.path.get_lowered_part(ComponentName.Identifier)).strip('"`') == name
            ]
        return make_match(adapter, relations, database, schema, identifier)

    BaseAdapter._make_match = match_namesakes  # noqa: SLF001


@cache
def read_dates_with_one_parser() -> None:
    """Share what dbt's tables parse dates with, which dbt makes anew for each query's result."""
    from dbt_common.clients.agate_helper import agate  # noqa: PLC0415

    parsedatetime = agate.data_types.date.parsedatetime
    parsedatetime.Constants = cache(parsedatetime.Constants)


_DBTS = {"dbt", "dbt_duckdb"}
# What a project can replace of the way to a relation's columns.
_ASKING = {
    *("get_columns_in_relation", "default__get_columns_in_relation"),
    *("duckdb__get_columns_in_relation", "sql_convert_columns_in_relation", "statement"),
}
_ASKS = "macro.dbt_duckdb.duckdb__get_columns_in_relation"


def ask_for_columns_directly(macros: Mapping[str, Any]) -> None:
    """Ask DuckDB for a relation's columns without a macro: a tenth of a model's run.

    Unless the project has a macro of its own for it, or dbt-duckdb asks for more. Only for a process
    that is ours alone.
    """
    asks = macros.get(_ASKS)
    if asks is None or "from (describe " not in asks.macro_sql:
        return
    if any(each.name in _ASKING and each.package_name not in _DBTS for each in macros.values()):
        return
    _ask_for_columns_directly()


@cache
def _ask_for_columns_directly() -> None:
    from dbt.adapters.duckdb.impl import DuckDBAdapter  # noqa: PLC0415
    from dbt_common.exceptions import DbtRuntimeError  # noqa: PLC0415

    ask = DuckDBAdapter.get_columns_in_relation

    def get_columns_in_relation(adapter: Any, relation: Any) -> Any:
        connections = adapter.connections
        try:
            _, cursor = connections.add_query(
                f"describe {relation.render()}", auto_begin=not connections.disable_transactions
            )
        except DbtRuntimeError:
            return ask(adapter, relation)
        return [adapter.Column(row[0], row[1], None, None, None) for row in cursor.fetchall()]

    DuckDBAdapter.get_columns_in_relation = get_columns_in_relation
