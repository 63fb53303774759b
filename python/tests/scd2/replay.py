"""Run `scd2_history` on many small logs: dbt compiles each case once, and DuckDB runs its SQL.

A case is one way to call the macro. Its full-refresh and its incremental SQL come from dbt; what
dbt's incremental materialization does with the latter (delete by durable key, then insert) is
done here, so that one log costs milliseconds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from support.planned import PlannedWarehouse

from .reference import Row, Version

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

COLUMNS = {
    "k1": "INTEGER",
    "k2": "VARCHAR",
    "changed": "TIMESTAMP",
    "loaded": "TIMESTAMP",
    "s1": "INTEGER",
    "s2": "INTEGER",
    "gone": "BOOLEAN",
    "a": "VARCHAR",
    "b": "INTEGER",
    "o": "VARCHAR",
    "p": "INTEGER",
    "extracted": "TIMESTAMP",
}


@dataclass(frozen=True)
class Case:
    """One way to call the macro; `arguments` is its text in the model."""

    name: str
    key: tuple[str, ...] = ("k1",)
    tracked: tuple[str, ...] = ("a", "b")
    overwrite: tuple[str, ...] = ()
    sequence: tuple[str, ...] = ()
    deletes: bool = False
    hard_deletes: str = "invalidate"
    feed: str = "changes"
    kind: str = "TIMESTAMP"
    lookback_days: int = 0
    open_end: str | None = None
    extracted: bool = False
    lists_columns: bool = True
    types: dict[str, str] = field(default_factory=dict, hash=False, compare=False)

    @property
    def table(self) -> str:
        return f"log_{self.name}"

    @property
    def columns(self) -> dict[str, str]:
        """The log's columns: only those that the case uses, if it lists none."""
        used = [*self.key, "changed", "loaded", *self.sequence, *self.tracked, *self.overwrite]
        used += ["gone"] * self.deletes + ["extracted"] * self.extracted
        kinds = COLUMNS | {"changed": self.kind} | self.types
        return {name: kinds[name] for name in used}

    @property
    def model(self) -> str:
        arguments = {
            "business_key": list(self.key) if len(self.key) > 1 else self.key[0],
            "changed_at": "changed",
            "loaded_at": "loaded",
        }
        if self.lists_columns:
            arguments["tracked_columns"] = list(self.tracked)
        if self.overwrite:
            arguments["overwrite_columns"] = list(self.overwrite)
        if self.sequence:
            several = len(self.sequence) > 1
            arguments["sequence"] = list(self.sequence) if several else self.sequence[0]
        if self.deletes:
            arguments["deleted_when"] = "gone"
        if self.lookback_days:
            arguments["lookback_interval"] = {"days": self.lookback_days}
        if self.open_end:
            arguments["valid_to_current"] = self.open_end
        if self.extracted:
            arguments["extracted_at"] = "extracted"
        arguments["hard_deletes"] = self.hard_deletes
        arguments["feed"] = self.feed
        text = ", ".join(f"{name}={value!r}" for name, value in arguments.items())
        return f"{{{{ entity_kit.scd2_history(source('raw', '{self.table}'), {text}) }}}}"


class Replay:
    """One case's SQL, and a warehouse in memory to run it in."""

    def __init__(self, case: Case, full_refresh: str, incremental: str) -> None:
        self.case = case
        self._full_refresh = full_refresh
        self._incremental = incremental
        self._warehouse = PlannedWarehouse()
        kinds = ", ".join(f"{name} {kind}" for name, kind in case.columns.items())
        self._warehouse.execute(
            f"create table {case.table} ({kinds}); create table {case.name} as {full_refresh};"
        )
        self._warehouse.execute(f"create temp table arrived as {incremental} limit 0")

    def full_refresh(self, rows: Sequence[Row]) -> list[Version]:
        """Build the history of these rows at once."""
        self._show(rows)
        return self._read(f"({self._full_refresh})")

    def surrogate_keys(self, rows: Sequence[Row], zone: str = "UTC") -> list[tuple[str, Any]]:
        """Build the history in a session of that zone: its surrogate keys, with when they end."""
        self._show(rows)
        self._warehouse.use_zone(zone)
        sql = f"select surrogate_key, epoch(valid_to) from ({self._full_refresh}) order by 1"
        found = self._warehouse.execute(sql).fetchall()
        self._warehouse.use_zone("UTC")
        return found

    def column_names(self) -> list[str]:
        """Return the history's columns, in order."""
        found = self._warehouse.execute(f"select * from {self.case.name} limit 0")
        return [column[0] for column in found.description]

    def start(self, zone: str = "UTC") -> None:
        """Start with an empty source and an empty history, in a session of that zone."""
        self._warehouse.use_zone(zone)
        self._warehouse.run(f"truncate {self.case.name}")

    def step(self, rows: Sequence[Row]) -> list[Version]:
        """Load these rows into the source, run incrementally, and return the history."""
        self._show(rows)
        name = self.case.name
        self._warehouse.run("truncate arrived")
        self._warehouse.run(f"insert into arrived {self._incremental}")
        self._warehouse.run(
            f"delete from {name} where durable_key in (select durable_key from arrived)"
        )
        self._warehouse.run(f"insert into {name} from arrived")
        return self._read(name)

    def _show(self, rows: Sequence[Row]) -> None:
        self._warehouse.run(f"truncate {self.case.table}")
        if rows:
            tuples = ", ".join(self._tuple(row) for row in rows)
            self._warehouse.execute(f"insert into {self.case.table} values {tuples}")

    def _tuple(self, row: Row) -> str:
        values = [*row.key, row.at, row.loaded, *row.sequence, *row.tracked, *row.overwrite]
        values += [row.gone] * self.case.deletes + [row.extracted] * self.case.extracted
        return "(" + ", ".join(_literal(value) for value in values) + ")"

    def _read(self, relation: str) -> list[Version]:
        case = self.case
        groups = [case.key, case.tracked, case.overwrite]
        named = ", ".join([*case.key, *case.tracked, *case.overwrite])
        found = self._warehouse.run(
            f"select {named}{',' if named else ''} durable_key, hashdiff, valid_from, valid_to,"
            f" is_current, is_deleted, loaded_at, surrogate_key from {relation}"
        ).fetchall()
        keys = [row[-1] for row in found]
        assert len(set(keys)) == len(keys), "a surrogate_key stands for two versions"
        return [Version(*_split(row[:-1], [len(group) for group in groups])) for row in found]


def _split(row: tuple[Any, ...], sizes: Iterable[int]) -> list[Any]:
    parts: list[Any] = []
    start = 0
    for size in sizes:
        parts.append(row[start : start + size])
        start += size
    return [*parts, *row[start:]]


def _literal(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, (bool, int)):
        return str(value)
    return "'" + str(value).replace("'", "''") + "'"


def compile_cases(cases: Sequence[Case], make_project: Callable[..., Any]) -> dict[str, Replay]:
    """Compile each case with dbt, for a first run and for later ones."""
    tables = ", ".join(f"{{name: {case.table}}}" for case in cases)
    models = {f"{case.name}.sql": case.model for case in cases}
    project = make_project(
        models | {"raw.yml": f"sources: [{{name: raw, schema: main, tables: [{tables}]}}]"}
    )
    project.execute(
        ";".join(
            f"create table {case.table}"
            f" ({', '.join(f'{name} {kind}' for name, kind in case.columns.items())})"
            for case in cases
        )
    )
    project.run("run")
    compiled = [
        {
            result.node.name: result.node.compiled_code
            for result in project.run("compile", *flags).results
            if result.node.resource_type == "model"
        }
        for flags in (["--full-refresh"], [])
    ]
    return {
        case.name: Replay(case, *(compiled_by_name[case.name] for compiled_by_name in compiled))
        for case in cases
    }
