"""Write the SQL of an entity's models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from entity_kit.project_health.scaffold.jinja_text import Code, Sql, columns, literal, macro_call
from entity_kit.project_health.scaffold.spec import CHANGES, ROW_ID, SNAPSHOTS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from entity_kit.project_health.scaffold.spec import Grain, History, Measure, Spec, Table

_VIEW = "{{ config(materialized='view') }}\n\n"


def model_texts(spec: Spec) -> dict[str, str]:
    """Return the SQL of each model of an entity by the model's name, without staging."""
    texts = {spec.current_model: _current(spec)}
    if spec.history is not None:
        texts[spec.history_model] = _history(spec, spec.history)
    for grain in spec.grains:
        texts[grain.model] = _rolled_up(grain) if grain.finer else _grain(spec, grain)
    return texts


def staging_text(table: Table) -> str:
    """Return the SQL of the model that reads a source's table."""
    selected = ["*"]
    selected += [f"{sql} as {name}" for name, sql in table.columns.items()]
    if len(table.unique_by) > 1:
        names = ", ".join(map(literal, table.unique_by))
        selected.append(f"{{{{ entity_kit.hashdiff([{names}]) }}}} as {ROW_ID}")
    lines = ",\n".join(f"    {each}" for each in selected)
    source = f"{{{{ source({literal(table.source)}, {literal(table.name)}) }}}}"
    return f"{_VIEW}select\n{lines}\nfrom {source}\n"


def _current(spec: Spec) -> str:
    table = spec.table
    if spec.kind == SNAPSHOTS:
        return f"{_VIEW}{{{{ entity_kit.scd2_current(ref({literal(spec.history_model)})) }}}}\n"
    if spec.kind == CHANGES and not spec.metrics:
        named: dict[str, Any] = {
            "business_key": columns(spec.keys),
            "changed_at": table.time,
            "loaded_at": table.loaded_at,
            "tracked_columns": list(spec.attributes),
        }
        named |= _given(
            deleted_when=Sql(table.deleted_when),
            sequence=columns(table.sequence) if table.sequence else "",
        )
        return macro_call("scd1_current", [_ref(table)], named)
    named = {
        "business_key": columns(spec.keys),
        "loaded_at": table.loaded_at,
        "updated_at": table.updated_at,
        "attributes": list(spec.attributes),
    }
    named |= _given(row_key=_row_key(table), deleted_when=Sql(table.deleted_when))
    if spec.metrics:
        named["metrics"] = _measures(spec.metrics)
    return macro_call("entity_model", [_ref(table)], named)


def _history(spec: Spec, history: History) -> str:
    table = history.table
    named: dict[str, Any] = {
        "business_key": columns(spec.keys),
        "changed_at": table.time,
        "loaded_at": table.loaded_at,
        "tracked_columns": [c for c in history.attributes if c not in history.overwrite],
    }
    named |= _given(
        overwrite_columns=list(history.overwrite),
        deleted_when=Sql(table.deleted_when),
        sequence=columns(table.sequence) if table.sequence else "",
        hard_deletes=history.hard_deletes,
        feed=history.kind if history.kind == SNAPSHOTS else "",
    )
    return macro_call("scd2_history", [_ref(table)], named)


def _grain(spec: Spec, grain: Grain) -> str:
    table = grain.table
    named: dict[str, Any] = {
        "business_key": columns(spec.keys),
        "events": _ref(table),
        "occurred_at": table.time,
        "loaded_at": table.loaded_at,
    }
    named |= _given(
        row_key=_row_key(table),
        updated_at=table.updated_at if table.row_key and table.updated_at != table.time else "",
        deleted_when=Sql(table.deleted_when),
        timezone=grain.timezone,
        spine="" if grain.spine == "dense" else grain.spine,
    )
    named["measures"] = _measures(grain.measures)
    if grain.trailing:
        named["trailing"] = _measures(grain.trailing)
    if grain.attributes and spec.history is not None:
        named |= {
            "history": Code(f"ref({literal(spec.history_model)})"),
            "attributes": list(grain.attributes),
            "overwrite_attributes": [c for c in grain.attributes if c in spec.history.overwrite],
        }
    return macro_call("grain_table", [grain.grain], named)


def _rolled_up(grain: Grain) -> str:
    named: dict[str, Any] = {"measures": _measures(grain.measures)}
    if grain.attributes:
        named["attributes"] = list(grain.attributes)
    return macro_call("grain_rollup", [Code(f"ref({literal(grain.finer)})"), grain.grain], named)


def _measures(measures: Iterable[Measure]) -> list[dict[str, Any]]:
    return [
        {
            "name": each.name,
            "calculation": Sql(each.calculation),
            **_given(periods=each.periods, fill=each.fill),
            "description": each.description,
            **_given(unit=each.unit, owner=each.owner),
        }
        for each in measures
    ]


def _ref(table: Table) -> Code:
    return Code(f"ref({literal(table.staging)})")


def _row_key(table: Table) -> Any:
    return columns(table.row_key) if table.row_key else ""


def _given(**named: Any) -> dict[str, Any]:
    """Return the arguments that have a value; 0 and false are values."""
    return {name: value for name, value in named.items() if value not in ("", None, [])}
