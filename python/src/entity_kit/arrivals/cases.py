"""A case: the few rows and steps under which a model differs, as a file that can be replayed.

A case carries its rows with it, as text in each column's type, so that it says the same on every
machine. Tables that declare no arrival are not in it: they stay as the warehouse has them.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from entity_kit.errors import EntityKitError

if TYPE_CHECKING:
    from collections.abc import Mapping

FOLDER = ".entity_kit"


@dataclass(frozen=True, slots=True)
class Version:
    """A row as a source shows it from step `since` until before step `until`, if set."""

    since: int
    until: int | None
    values: tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """What one source delivers in a case: its columns with their types, and its rows."""

    unique_id: str
    name: str
    columns: tuple[tuple[str, str], ...]
    versions: tuple[Version, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """A model, what arrives at which step, and how often the project runs there.

    `clocks` are the times of the steps from 1 on, `first` that of step 0, before anything arrived.
    `found_by` says which schedule or example it was shrunk from, `tried` with how many dbt runs.
    """

    model: str
    unique_id: str
    clocks: tuple[datetime, ...]
    first: datetime
    runs: Mapping[int, int]
    tables: tuple[Table, ...]
    cause: str = "unknown"
    explanation: str = ""
    found_by: str = ""
    seed: int = 0
    tried: int = 0

    @property
    def rows(self) -> int:
        return sum(len(table.versions) for table in self.tables)

    @property
    def file_name(self) -> str:
        """Return a name that is unique to this case and always the same."""
        told = json.dumps({**as_json(self), "tried": 0, "explanation": ""}, sort_keys=True)
        digest = hashlib.sha256(told.encode()).hexdigest()[:8]
        plain = "".join(c if c.isalnum() or c in "._-" else "_" for c in self.model)
        return f"{plain}-{digest}.json"


def as_json(case: Case) -> dict[str, Any]:
    """Return a case as plain data, version 1 of the format."""
    return {
        "version": 1,
        "model": case.model,
        "unique_id": case.unique_id,
        "cause": case.cause,
        "explanation": case.explanation,
        "found_by": case.found_by,
        "seed": case.seed,
        "tried": case.tried,
        "first": case.first.isoformat(),
        "steps": [
            {"step": step, "at": _clock(case, step).isoformat(), "runs": count}
            for step, count in sorted(case.runs.items())
        ],
        "sources": [
            {
                "unique_id": table.unique_id,
                "name": table.name,
                "columns": [list(column) for column in table.columns],
                "rows": [
                    {"from": v.since, "until": v.until, "values": list(v.values)}
                    for v in table.versions
                ],
            }
            for table in case.tables
        ],
    }


def _clock(case: Case, step: int) -> datetime:
    return case.clocks[step - 1] if step else case.first


def dump(case: Case) -> str:
    """Write a case with one row per line, so that diffs are readable."""
    return _indented(as_json(case), "") + "\n"


def _indented(value: Any, indent: str) -> str:
    inner = f"{indent}  "
    if isinstance(value, dict) and not {"from", "step"} & set(value):
        parts = [f"{_flat(key)}: {_indented(held, inner)}" for key, held in value.items()]
        return "{\n" + ",\n".join(inner + part for part in parts) + f"\n{indent}}}"
    if isinstance(value, list) and value and isinstance(value[0], dict):
        parts = [_indented(held, inner) for held in value]
        return "[\n" + ",\n".join(inner + part for part in parts) + f"\n{indent}]"
    return _flat(value)


def _flat(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def load(file: str | Path) -> Case:
    """Read a case. Raise EntityKitError if the file isn't one."""
    path = Path(file)
    try:
        return _from_json(json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise EntityKitError(
            f"{path} can't be read: {error.strerror}.", fix="Name a file saved by `--examples`."
        ) from error
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise EntityKitError(
            f"{path} isn't a case: {type(error).__name__}: {error}.",
            fix="Name a file saved by `--examples`, unchanged.",
        ) from error


def _from_json(given: Mapping[str, Any]) -> Case:
    if given["version"] != 1:
        raise ValueError(f"unknown version {given['version']!r}")
    steps = given["steps"]
    numbered = [step for step in steps if step["step"]]
    if [step["step"] for step in numbered] != list(range(1, len(numbered) + 1)) or not numbered:
        raise ValueError("the steps must be numbered from 1")
    return Case(
        model=str(given["model"]),
        unique_id=str(given["unique_id"]),
        clocks=tuple(_instant(step["at"]) for step in numbered),
        first=_instant(given["first"]),
        runs={int(step["step"]): int(step["runs"]) for step in steps},
        tables=tuple(_table(table) for table in given["sources"]),
        cause=str(given.get("cause") or "unknown"),
        explanation=str(given.get("explanation") or ""),
        found_by=str(given.get("found_by") or ""),
        seed=int(given.get("seed") or 0),
        tried=int(given.get("tried") or 0),
    )


def _table(given: Mapping[str, Any]) -> Table:
    columns = tuple((str(name), str(kind)) for name, kind in given["columns"])
    versions = []
    for row in given["rows"]:
        values = tuple(None if value is None else str(value) for value in row["values"])
        if len(values) != len(columns):
            raise ValueError(f"a row of {given['name']} has {len(values)} values")
        until = None if row["until"] is None else int(row["until"])
        versions.append(Version(int(row["from"]), until, values))
    return Table(str(given["unique_id"]), str(given["name"]), columns, tuple(versions))


def _instant(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found.astimezone(timezone.utc) if found.tzinfo else found.replace(tzinfo=timezone.utc)
