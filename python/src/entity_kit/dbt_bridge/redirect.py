"""Let dbt find the project's relations in scratch schemas, by editing its parsed project.

A folder with a profile of ours may hold such a redirect, for the runs with that profile. Each
relation goes by the schema that it has once dbt parsed the project, so that it doesn't matter how it
came by it.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_FILE = "redirect.json"
_MOST_BYTES = 63  # of an identifier in Postgres; others take more
_PART = r'"(?:[^"]|"")+"|`(?:[^`]|``)+`|[^."`]+'


@dataclass(frozen=True, slots=True)
class Redirect:
    """Where the relations of one scratch warehouse are.

    `schemas` has a scratch schema for each redirected node, by unique id; only in `writable` ones
    may dbt write. `functions`, in lower case, write by themselves, so that none may be called.
    All of them are in one `database`, unless it is None: then each stays in its own.
    """

    dialect: str
    schemas: Mapping[str, str]
    writable: tuple[str, ...]
    functions: tuple[str, ...] = ()
    database: str | None = None

    def write(self, folder: Path) -> None:
        text = json.dumps(asdict(self), ensure_ascii=False)
        (folder / _FILE).write_text(text, encoding="utf-8")

    def move(self, node: Any) -> None:
        """Edit a node of dbt's own manifest if it is redirected. The node must be a copy."""
        schema = self.schemas.get(node.unique_id)
        if schema is not None:
            node.schema = schema
            node.database = self.database or node.database
            if node.relation_name:
                node.relation_name = moved(node.relation_name, schema, self.database)


def read(folder: Path) -> Redirect | None:
    """Return the redirect that belongs to a profile, or None if its relations keep their names."""
    file = folder / _FILE
    if not file.exists():
        return None
    found = json.loads(file.read_text(encoding="utf-8"))
    writable, functions = tuple(found["writable"]), tuple(found["functions"])
    return Redirect(found["dialect"], found["schemas"], writable, functions, found.get("database"))


def moved(relation_name: str, schema: str, database: str | None = None) -> str:
    """Return a relation's name, as dbt writes it in SQL, with another schema that needs no quotes.

    With a `database`, it also has that one, quoted if its own is.
    """
    parts = re.findall(_PART, relation_name)
    before = parts[:-2]
    if before and database is not None:
        before = [_marked(before[0], database)]
    return ".".join([*before, _marked(parts[-2], schema), parts[-1]])


def _marked(like: str, name: str) -> str:
    mark = like[0] if like[0] in '"`' else ""
    return f"{mark}{name}{mark}"


def parts_of(relation_name: str) -> list[tuple[str, bool]]:
    """Return the parts of a relation's name as dbt writes it, and whether each is quoted."""
    found = []
    for part in re.findall(_PART, relation_name):
        mark = part[0] if part[0] in '"`' else ""
        found.append((part[1:-1].replace(mark * 2, mark) if mark else part, bool(mark)))
    return found


def scratch_schema(prefix: str, number: int, schema: str) -> str:
    """Return the scratch schema for a project's schema: plain ASCII, and short enough for any engine."""
    readable = re.sub(r"[^a-z0-9_]+", "_", schema.casefold())
    name = f"{prefix}_{number}_{readable}"
    if readable == schema and len(name) <= _MOST_BYTES:
        return name
    digest = hashlib.sha256(schema.encode()).hexdigest()[:8]
    return f"{name[: _MOST_BYTES - 9]}_{digest}"
