"""Find the tables that a project's hooks write to. A scratch warehouse must copy them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_DBTS_OWN = {"dbt", "dbt_duckdb"}

_WRITES = re.compile(
    r"""
    \b(?:
        insert\s+(?:or\s+\w+\s+)? into | delete\s+from | merge\s+into | update | copy
        | truncate(?:\s+table)?
        | (?:create|create\s+or\s+replace|alter|drop)\s+table(?:\s+if(?:\s+not)?\s+exists)?
    )\s+
    # The name: plain, quoted, or put together by Jinja.
    (?P<name>(?: \{\{.*?\}\} | "[^"]*" | [\w.] )+)
    """,
    re.IGNORECASE | re.DOTALL | re.VERBOSE,
)
_WORD = re.compile(r""""([^"]+)"|'([^']+)'|(\w+)""")


def written_names(manifest: Mapping[str, Any]) -> set[str]:
    """Guess the lowercase names of the tables that hooks, or macros they call, write to.

    Their SQL is known only when they run. A name too many costs no more than a table's copy.
    """
    return {name for sql in _texts(manifest) for name in writes_to(sql)}


def models_beside_the_runs(manifest: Mapping[str, Any]) -> list[str]:
    """Return the ids of the models that hooks of a whole run (on-run-end) read or write."""
    return sorted(
        unique_id
        for node in manifest["nodes"].values()
        if node["resource_type"] == "operation"
        for unique_id in node["depends_on"]["nodes"]
        if unique_id.startswith("model.")
    )


def writes_to(sql: str) -> set[str]:
    """Guess the lowercase words that name the tables a text writes to."""
    return {
        next(filter(None, word)).casefold()
        for target in _WRITES.finditer(sql)
        for word in _WORD.findall(target["name"])
    }


def _texts(manifest: Mapping[str, Any]) -> Iterator[str]:
    for macro in manifest["macros"].values():
        if macro["package_name"] not in _DBTS_OWN:
            yield macro["macro_sql"]
    for node in manifest["nodes"].values():
        if node["resource_type"] == "operation":
            yield node["raw_code"]
        for kind in ("pre-hook", "post-hook"):
            for hook in node.get("config", {}).get(kind) or ():  # v2 gives operations none
                yield hook["sql"]
