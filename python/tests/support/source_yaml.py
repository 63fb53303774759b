"""The part of dbt's manifest that says what sources declare."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


def manifest_of(tables: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return a manifest with tables of the source `shop`.

    Each has `columns`, by name, with a `data_type` and `tests`, which are names with arguments; and
    maybe `loaded_at`, `event_time`, and what `meta.entity_kit` says.
    """
    sources, tests = {}, {}
    for table, said in tables.items():
        sources[f"source.p.shop.{table}"] = {
            "unique_id": f"source.p.shop.{table}",
            "resource_type": "source",
            "source_name": "shop",
            "name": table,
            "config": {
                "loaded_at_field": said.get("loaded_at"),
                "event_time": said.get("event_time"),
                "meta": {"entity_kit": said.get("entity_kit") or {}},
            },
            "columns": {
                name: {"name": name, "data_type": column.get("data_type")}
                for name, column in said["columns"].items()
            },
        }
        for column, given in said["columns"].items():
            for name, arguments in given.get("tests", ()):
                model = f"{{{{ get_where_subquery(source('shop', '{table}')) }}}}"
                tests[f"test.p.{len(tests)}"] = {
                    "resource_type": "test",
                    "column_name": column,
                    "test_metadata": {"name": name, "kwargs": {"model": model, **arguments}},
                }
    return {"sources": sources, "nodes": tests}
