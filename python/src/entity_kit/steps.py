"""Hand-written steps: what arrives, when the project runs, and which model must then be right.

The steps are recorded, and replayed in scratch warehouses by `assert_equal`.
"""

from __future__ import annotations

from contextlib import ExitStack
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from entity_kit.arrivals.cases import Case, Table, Version
from entity_kit.dbt_bridge.nodes import relation_of, source_name
from entity_kit.errors import EntityKitError, closest_word
from entity_kit.replay.replay import Replay
from entity_kit.verify.cases import case_source
from entity_kit.verify.models import all_ancestors, parse_models
from entity_kit.verify.options import read_options
from entity_kit.verify.preparation import build_template
from entity_kit.verify.reports.text import story
from entity_kit.verify.reports.words import printable
from entity_kit.verify.search import search
from entity_kit.verify.session import open_session
from entity_kit.warehouse import QueryError, connect, quote, rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from entity_kit.arrivals.model import Model
    from entity_kit.dbt_bridge.project import Manifest
    from entity_kit.verify.results import ScheduleResult

_JOBS = 2  # the full refresh beside the incremental run
_START = datetime(2024, 1, 1, tzinfo=timezone.utc)


class Bench:
    """A project, parsed once, on which any number of steps can be replayed."""

    def __init__(
        self,
        project_dir: str | Path,
        *,
        profiles_dir: str | Path | None = None,
        target: str | None = None,
        variables: Mapping[str, Any] | None = None,
        dbt: str | None = None,
    ) -> None:
        options = read_options(
            project_dir,
            profiles_dir=profiles_dir,
            target=target,
            variables=variables,
            dbt=dbt,
            jobs=_JOBS,
        )
        with ExitStack() as stack:
            self._session = stack.enter_context(open_session(options, absent=True))
            self.manifest, models = parse_models(self._session, (), ())
            self._models = {model.name: model for model in models}
            needed = all_ancestors(self.manifest, [model.unique_id for model in models])
            build_template(self._session, self.manifest, needed)
            self._stack = stack.pop_all()

    def __enter__(self) -> Bench:  # noqa: PYI034  (typing.Self is of Python 3.11)
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._stack.close()

    def model(self, name: str) -> Model:
        if name not in self._models:
            raise EntityKitError(
                f"There is no incremental model `{name}`.",
                fix=closest_word(name, self._models, "There are none."),
            )
        return self._models[name]

    def node(self, name: str) -> Mapping[str, Any]:
        """Return the source, or seed, of a name such as `shop.orders`."""
        known = {source_name(node): node for node in _deliverable(self.manifest)}
        if name not in known:
            raise EntityKitError(
                f"There is no source `{name}`.", fix=closest_word(name, known, "There are none.")
            )
        return known[name]

    def columns(self, node: Mapping[str, Any]) -> dict[str, str]:
        """Return a source's columns with their types, from the warehouse or else from the YAML."""
        scratch = self._session.scratch
        origin = scratch.location(node) or scratch.origin(relation_of(node))
        with scratch.originals() as connection:
            try:
                found = rows(connection, f"describe select * from {origin}") if origin else []
            except QueryError:
                found = []
        if found:
            return {str(row[0]): str(row[1]) for row in found}
        return {
            column["name"]: column["data_type"]
            for column in (node.get("columns") or {}).values()
            if column.get("data_type")
        }

    def replay(self, model: Model, case: Case) -> ScheduleResult:
        """Replay steps; the model is compared after the last one."""
        sources = [case_source(self.manifest, Path(table.name), table) for table in case.tables]
        session = self._session
        with Replay(session.scratch, session.runner, sources, session.progress) as replay:
            return search.replay_case(
                replay,
                session.scratch,
                model,
                case,
                "replay",
                compared=frozenset({len(case.clocks)}),
            )


class Steps:
    """What a test does: `load` rows, `run` the project, and `assert_equal` for a model.

    Sources that no step loads come from the warehouse.
    """

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._columns: dict[str, dict[str, str]] = {}
        self._versions: dict[str, list[Version]] = {}
        self._clocks: list[datetime] = []
        self._latest = _START
        self._pending = False

    def load(
        self, source: str, rows: Iterable[Mapping[str, Any]], *, replace: bool = False
    ) -> None:
        """Let rows arrive before the next run. `replace` removes all earlier rows.

        `source` is `source.table`, or the name of a seed. Missing columns are NULL.
        """
        node = self._bench.node(source)
        given = [dict(row) for row in rows]
        step = len(self._clocks) + 1
        columns = self._columns_for(source, node, given)
        held = self._versions.setdefault(source, [])
        if replace:
            held[:] = [
                Version(v.since, step if v.until is None else v.until, v.values)
                for v in held
                if v.since < step
            ]
        with connect() as connection:
            _in_utc(connection)
            for row in given:
                held.append(Version(step, None, _as_text(connection, source, columns, row)))
                self._notice(connection, node, columns, row)
        self._pending = True

    def run(self, at: datetime | str | None = None) -> None:
        """Run the project with its clock at `at` (UTC unless it has an offset).

        Without `at`, the clock is at the latest loaded time so far.
        """
        clock = self._latest if at is None else _instant(at)
        if self._clocks and clock < self._clocks[-1]:
            raise EntityKitError(
                f"The clock can't go back from {self._clocks[-1]:%Y-%m-%d %H:%M} to "
                f"{clock:%Y-%m-%d %H:%M}.",
                fix="Use a later `at`.",
            )
        self._clocks.append(clock)
        self._latest = max(self._latest, clock)
        self._pending = False

    def assert_equal(self, model: str) -> None:
        """Check that a model, as of the last run, equals its full refresh."""
        __tracebackhide__ = True
        found = self._bench.model(model)
        if not self._clocks or self._pending:
            raise EntityKitError(
                "Nothing has run since the last rows were loaded."
                if self._clocks
                else "Nothing ran.",
                fix="Call replay.run() first.",
            )
        tables = tuple(
            Table(
                self._bench.node(source)["unique_id"],
                source,
                tuple(self._columns[source].items()),
                tuple(versions),
            )
            for source, versions in self._versions.items()
        )
        case = Case(
            model=found.name,
            unique_id=found.unique_id,
            clocks=tuple(self._clocks),
            first=_START,
            runs=dict.fromkeys(range(1, len(self._clocks) + 1), 1),
            tables=tables,
        )
        result = self._bench.replay(found, case)
        if not result.verdict.agrees:
            lines = [f"{model} {result.verdict.value}", *story(result)]
            raise AssertionError("\n".join(printable(line) for line in lines))

    def _columns_for(
        self, source: str, node: Mapping[str, Any], given: list[dict[str, Any]]
    ) -> dict[str, str]:
        if source not in self._columns:
            self._columns[source] = self._bench.columns(node) or _inferred(given)
        known = self._columns[source]
        unknown = next((name for row in given for name in row if name not in known), None)
        if unknown is not None:
            raise EntityKitError(
                f"{source} has no column `{unknown}`; it has {', '.join(known)}.",
                fix=closest_word(unknown, known, "There are none."),
            )
        return known

    def _notice(
        self, connection: Any, node: Mapping[str, Any], columns: Mapping[str, str], row: Any
    ) -> None:
        """Note the latest loaded time, where a column says it."""
        config = node.get("config") or {}
        loaded = config.get("loaded_at_field") or node.get("loaded_at_field")
        if loaded is None or loaded not in columns or row.get(loaded) is None:
            return
        (moment,) = rows(
            connection,
            f"select epoch_us(cast(cast(? as {columns[loaded]}) as timestamptz))",
            [row[loaded]],
        )[0]
        self._latest = max(self._latest, datetime.fromtimestamp(moment / 1e6, timezone.utc))


def _deliverable(manifest: Manifest) -> list[Mapping[str, Any]]:
    seeds = [n for n in manifest["nodes"].values() if n["resource_type"] == "seed"]
    return [*manifest["sources"].values(), *seeds]


def _in_utc(connection: Any) -> None:
    rows(connection, "set TimeZone = 'UTC'")


def _as_text(
    connection: Any, source: str, columns: Mapping[str, str], row: Mapping[str, Any]
) -> tuple[str | None, ...]:
    """Return a row's values as text that its types read back."""
    casts = ", ".join(f"cast(cast(? as {kind}) as varchar)" for kind in columns.values())
    try:
        return rows(connection, f"select {casts}", [row.get(name) for name in columns])[0]
    except QueryError as error:
        kinds = ", ".join(f"{quote(name)} {kind}" for name, kind in columns.items())
        raise EntityKitError(
            f"A row of {source} doesn't fit its columns ({kinds}).\n{error}", fix="Fix the row."
        ) from error


def _inferred(given: list[dict[str, Any]]) -> dict[str, str]:
    """Take the types of the first values that aren't NULL."""
    names = list(dict.fromkeys(name for row in given for name in row))
    values = [next((r[n] for r in given if r.get(n) is not None), "") for n in names]
    if not names:
        raise EntityKitError(
            "Without a table or rows, the columns of a source aren't known.",
            fix="Load a row, or declare the columns' data_type in the YAML.",
        )
    with connect() as connection:
        _in_utc(connection)
        kinds = rows(connection, f"select {', '.join('typeof(?)' for _ in names)}", values)[0]
    return dict(zip(names, map(str, kinds), strict=True))


def _instant(given: datetime | str) -> datetime:
    try:
        found = datetime.fromisoformat(given) if isinstance(given, str) else given
    except ValueError as error:
        raise EntityKitError(
            f"`at` must be a time; got {given!r}.", fix="For example: 2024-01-31 06:00"
        ) from error
    if found.tzinfo is None:
        return found.replace(tzinfo=timezone.utc)
    return found.astimezone(timezone.utc)
