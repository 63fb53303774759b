"""Copy dbt's parsed project for one run: what the run needs, and the rest on demand.

dbt writes into the manifest that it runs with, and lists, links, and selects among all that is in
it. So a copy shows only the selected nodes, what they are built from, and the hooks. Whatever else
is looked up by its id or name, or read through Jinja's `graph`, is there as ever.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from entity_kit.dbt_bridge.late import ALWAYS, fill_before
from entity_kit.dbt_bridge.workers import FORK

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from entity_kit.dbt_bridge.redirect import Redirect

# The sections of dbt's graph; functions are new in dbt 1.11.
_LINKED = (
    *("nodes", "sources", "exposures", "functions", "metrics"),
    *("semantic_models", "saved_queries", "unit_tests"),
)
# No run changes these.
_SHARED = ("macros", "docs", "groups", "selectors", "disabled", "files", "state_check")
_IN_JINJA = (
    *("exposures", "functions", "groups", "metrics", "nodes", "sources"),
    *("semantic_models", "saved_queries"),
)
_LOOKUPS = ("ref", "source", "metric", "saved_query", "disabled", "function")
_BY_FQN = "fqn:"


class Parsed:
    """dbt's manifest as it was parsed. It never changes."""

    def __init__(self, manifest: Any) -> None:
        self._manifest = manifest
        self._members: dict[str, Any] = {}
        for section in _LINKED:
            self._members.update(getattr(manifest, section, {}))
        self._by_fqn: dict[str, list[str]] | None = None
        self._needed: dict[tuple[str, ...], frozenset[str]] = {}

    @property
    def macros(self) -> Mapping[str, Any]:
        """The macros by unique id."""
        return self._manifest.macros  # type: ignore[no-any-return]

    def copy(
        self,
        select: Sequence[str] | None,
        redirect: Redirect | None,
        stored: Collection[str] = (),
    ) -> Any:
        """Return a manifest for a run of these `fqn:` selectors; None stands for all there is.

        Its relations lie where the redirect says. Views in `stored` are tables there.
        """
        needed = None if select is None else self._needs(select)

        def fresh(member: Any) -> Any:
            copied = member.from_dict(member.to_dict(omit_none=True))
            if redirect is not None:
                redirect.move(copied)
            return copied

        def to_run(member: Any) -> Any:
            copied = fresh(member)
            if member.unique_id in stored:
                copied.config.materialized = "table"
            return copied

        ours = self._manifest
        sections = {
            section: _Section(getattr(ours, section), needed, to_run)
            for section in _LINKED
            if hasattr(ours, section)
        }
        shared = {name: getattr(ours, name) for name in _SHARED}
        # A lock created by dbt may have a name in the system.
        lock = {} if FORK is None else {"_lock": FORK.Lock()}
        copied = type(ours)(metadata=ours.metadata, **sections, **shared, **lock)
        for name in _LOOKUPS:
            if hasattr(ours, f"{name}_lookup"):
                setattr(copied, f"_{name}_lookup", getattr(ours, f"{name}_lookup"))
        copied.flat_graph = {
            section: _Late(
                getattr(ours, section), fresh if redirect is not None else lambda member: member
            )
            for section in _IN_JINJA
            if hasattr(ours, section)
        }
        return copied

    def _needs(self, select: Sequence[str]) -> frozenset[str] | None:
        key = tuple(select)
        if key not in self._needed:
            chosen = self._chosen(select)
            if chosen is None:
                return None
            found = self._above([*chosen, *self._always()])
            # dbt looks among these for a newer version if one is read without its number.
            found |= {u for u, each in self._members.items() if getattr(each, "version", None)}
            self._needed[key] = frozenset(found)
        return self._needed[key]

    def _chosen(self, select: Sequence[str]) -> list[str] | None:
        """Return what dbt selects at least, or None for another kind of selector."""
        if self._by_fqn is None:
            self._by_fqn = _by_fqn(self._manifest.nodes.values())
        if not all(each.startswith(_BY_FQN) for each in select):
            return None
        return [u for each in select for u in self._by_fqn.get(each[len(_BY_FQN) :], ())]

    def _always(self) -> list[str]:
        return [u for u in self._manifest.nodes if u.startswith("operation.")]

    def _above(self, chosen: Sequence[str]) -> set[str]:
        found: set[str] = set()
        waiting = list(chosen)
        while waiting:
            unique_id = waiting.pop()
            if unique_id not in found and unique_id in self._members:
                found.add(unique_id)
                waiting.extend(getattr(self._members[unique_id], "depends_on_nodes", ()))
        return found


def _by_fqn(nodes: Iterable[Any]) -> dict[str, list[str]]:
    """Return nodes by everything that dbt's `fqn:` selector matches.

    That is their names, and the folders above them, with the package or without.
    """
    found: dict[str, list[str]] = {}
    for node in nodes:
        parts = ".".join(node.fqn).split(".")
        names = {node.fqn[-1]} | {
            ".".join(parts[first:last])
            for first in (0, 1)
            for last in range(first + 1, len(parts) + 1)
        }
        for name in names:
            found.setdefault(name, []).append(node.unique_id)
    return found


class _Section(dict[str, Any]):
    """Copies of the needed members. Others are copied when they are looked up by id."""

    def __init__(
        self,
        every: Mapping[str, Any],
        needed: frozenset[str] | None,
        fresh: Callable[[Any], Any],
    ) -> None:
        shown = every if needed is None else needed & every.keys()
        super().__init__({u: fresh(every[u]) for u in every if u in shown})
        self._every, self._fresh = every, fresh
        self._aside: dict[str, Any] = {}

    def __contains__(self, unique_id: object) -> bool:
        return super().__contains__(unique_id) or unique_id in self._every

    def __missing__(self, unique_id: str) -> Any:
        if unique_id not in self._aside:
            self._aside[unique_id] = self._fresh(self._every[unique_id])
        return self._aside[unique_id]

    def get(self, unique_id: str, default: Any = None) -> Any:
        try:
            return self[unique_id]
        except KeyError:
            return default


class _Late(dict[str, Any]):
    """One section of Jinja's `graph`, filled in when a macro first reads it."""

    def __init__(self, every: Mapping[str, Any], fresh: Callable[[Any], Any]) -> None:
        # With its keys from the start, because much code first checks whether a dict is empty.
        super().__init__(dict.fromkeys(every))
        self._every, self._fresh = every, fresh
        self._written = False

    def fill(self) -> None:
        if not self._written:
            written = {
                u: self._fresh(each).to_dict(omit_none=False) for u, each in self._every.items()
            }
            self._written = True
            dict.update(self, written)


fill_before(_Late, *ALWAYS, "__getitem__", "get", "update", "__setitem__", "__ior__")
