"""Does once, or only as far as needed, what dbt does again for each Jinja context and each query.

dbt makes about five contexts for a model that it builds, and binds every macro of the project, its
packages, and dbt's own to each.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# The versions of dbt-core on which this was checked.
CHECKED_ON = ("1.9", "1.10", "1.11")


@cache
def bind_macros_quickly() -> None:
    """Bind macros to a context without a chain of constructors: a quarter of a model's run."""
    from dbt.clients.jinja import MacroGenerator  # noqa: PLC0415  (only where dbt is importable)
    from dbt.context import macros  # noqa: PLC0415

    if vars(MacroGenerator(None, 1, 2, 3)) != {"macro": None, "context": 1, "node": 2, "stack": 3}:
        return  # another dbt, whose generators know more

    class Namespace(macros.MacroNamespace):  # type: ignore[misc]
        """The macros of a context, by each name that a context knows them by."""

        def __init__(self, *parts: Any) -> None:
            super().__init__(*parts)
            self._found: dict[str, Any] = {}
            for members in reversed(list(self._search_order())):
                self._found.update(members)

        def __getitem__(self, name: str) -> Any:
            return self._found[name]

        def __iter__(self) -> Iterator[str]:
            return iter(self._found)

        def __len__(self) -> int:
            return len(self._found)

    def build_namespace(builder: Any, macros_by_package: Any, context: Any) -> Namespace:
        node, stack, new = builder.node, builder.thread_ctx, object.__new__

        def bound(macro: Any) -> Any:
            made = new(MacroGenerator)
            made.macro, made.context, made.node, made.stack = macro, context, node, stack
            return made

        packages = {
            package: {name: bound(macro) for name, macro in members.items()}
            for package, members in macros_by_package.items()
        }
        internal = {
            name: packages.pop(name) for name in builder.internal_package_names if name in packages
        }
        dbts: dict[str, Any] = {}
        for name in reversed(builder.internal_package_names_order):
            dbts.update(internal.get(name, {}))
        own = packages.get(builder.search_package, {})
        root = packages.get(builder.root_package, {})
        return Namespace(root, own, dbts, packages)

    macros.MacroNamespaceBuilder.build_namespace = build_namespace


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
