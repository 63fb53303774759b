"""Write the properties of an entity's models and sources: descriptions, tests, owners, declarations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from entity_kit.project_health.scaffold.jinja_text import columns
from entity_kit.project_health.scaffold.spec import CHANGES, ROW_ID, SNAPSHOTS
from entity_kit.project_health.scaffold.yaml_text import Line

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from entity_kit.project_health.scaffold.spec import Grain, History, Spec, Table

_ONE_EACH = ["unique", "not_null"]
_NEVER = ["not_null"]
_DURABLE_KEY = "The hash of the business key."
_LOADED_AT = "When the latest of its rows arrived."
_IS_DELETED = "Whether the entity no longer exists."


def model_properties(spec: Spec, staging: Iterable[Table]) -> dict[str, Any]:
    """Return the properties of the models, among them those that read the given tables."""
    models = [_staging(spec, table) for table in staging]
    models.append(_current(spec))
    if spec.history is not None:
        models.append(_history(spec, spec.history))
    models += [_grain(spec, grain) for grain in spec.grains]
    return {"models": models}


def source_properties(spec: Spec, tables: Iterable[Table]) -> dict[str, Any]:
    """Return the declarations of source tables, by source."""
    found: dict[str, dict[str, Any]] = {}
    for table in tables:
        source: dict[str, Any] = {"name": table.source}
        if table.schema:
            source["schema"] = table.schema
        entry: dict[str, Any] = {"name": table.name}
        if table.description:
            entry["description"] = table.description
        entry["config"] = source_config(spec, table)
        found.setdefault(table.source, {**source, "tables": []})["tables"].append(entry)
    return {"sources": list(found.values())}


def source_config(spec: Spec, table: Table) -> dict[str, Any]:
    """Return what a source's table declares: for verify, and how fresh it must be."""
    config: dict[str, Any] = {"loaded_at_field": table.loaded_at, "event_time": table.time}
    if spec.sla_hours is not None:
        config["freshness"] = {"warn_after": Line(count=spec.sla_hours, period="hour")}
    declared: dict[str, Any] = {"row_key": list(table.unique_by)}
    if table.delivery:
        declared["delivery"] = {
            key: Line(value) if isinstance(value, dict) else value
            for key, value in table.delivery.items()
        }
    config["meta"] = {"entity_kit": declared}
    return config


def _staging(spec: Spec, table: Table) -> dict[str, Any]:
    what = f" {table.description}" if table.description else ""
    shown = [_column(ROW_ID, "The hash of " + ", ".join(table.unique_by) + ".", _ONE_EACH)]
    if len(table.unique_by) == 1:
        shown = [_column(table.unique_by[0], spec.keys.get(table.unique_by[0], ""), _ONE_EACH)]
    known = {column["name"] for column in shown}
    said = {**spec.keys, **_attributes_of(spec, table)}
    said |= {name: f"Computed: {sql}" for name, sql in table.columns.items() if "{" not in sql}
    said |= {table.time: _time(spec, table), table.loaded_at: "When the row arrived."}
    shown += [_column(name, text) for name, text in said.items() if name not in known]
    return _model(
        spec, table.staging, f"The rows of {table.label}.{what}", "", shown, _placeable(spec, table)
    )


def _attributes_of(spec: Spec, table: Table) -> dict[str, str]:
    found = dict(spec.attributes) if table.label == spec.table.label else {}
    if spec.history is not None and table.label == spec.history.table.label:
        found |= spec.history.attributes
    return found


def _time(spec: Spec, table: Table) -> str:
    states = [spec.table.label] if spec.kind in (CHANGES, SNAPSHOTS) else []
    states += [spec.history.table.label] if spec.history is not None else []
    return "When the change happened." if table.label in states else "When it happened."


def _placeable(spec: Spec, table: Table) -> list[Any]:
    """Return tests that each row of a table belongs to something that is built from it."""
    key = columns(spec.keys)
    found: list[Any] = []
    if table.label == spec.table.label and spec.kind != SNAPSHOTS:
        found.append(_test("entity_placeable", business_key=key, loaded_at=table.loaded_at))
    if spec.history is not None and table.label == spec.history.table.label:
        named = {"business_key": key, "changed_at": table.time, "loaded_at": table.loaded_at}
        found.append(_test("scd2_placeable", **named))
    if any(table.label == grain.table.label for grain in spec.grains):
        named = {"business_key": key, "occurred_at": table.time, "loaded_at": table.loaded_at}
        found.append(_test("grain_placeable", **named))
    return found


def _current(spec: Spec) -> dict[str, Any]:
    is_view = spec.kind == SNAPSHOTS
    shown = _keys(spec, _ONE_EACH)
    related = {each.column: each for each in spec.relationships}
    for name, said in spec.attributes.items():
        tests: list[Any] = []
        if name in related:
            each = related[name]
            named = Line(to=each.relation, field=each.field)
            tests = [{"relationships": {"arguments": named}}]
        shown.append(_column(name, said, tests))
    shown += [_column(metric.name, metric.shown) for metric in spec.metrics]
    if not is_view:
        shown.append(_column("is_deleted", _IS_DELETED))
    shown.append(_column("loaded_at", _LOADED_AT))
    if is_view:
        tests = [_test("entity_placeable", business_key=columns(spec.keys))]
    else:
        tests = [_none_lost(spec, spec.table)]
    return _model(spec, spec.current_model, spec.description, _key_grain(spec), shown, tests)


def _history(spec: Spec, history: History) -> dict[str, Any]:
    shown = _keys(spec, _NEVER)
    shown += [_column(name, said) for name, said in history.attributes.items()]
    shown += [
        _column("surrogate_key", "The hash of the key and valid_from.", _ONE_EACH),
        _column("valid_from", "When the version began.", _NEVER),
        _column("valid_to", "When it ended, exclusive; NULL if it is open."),
        _column("is_current", "Whether it is the open version of an entity that exists."),
        _column("is_deleted", _IS_DELETED),
        _column("loaded_at", _LOADED_AT),
    ]
    table, key = history.table, columns(spec.keys)
    tests = [_test("scd2_valid", business_key=key)]
    if history.kind == CHANGES and not history.hard_deletes:
        named: dict[str, Any] = {
            "source": f"ref('{table.staging}')",
            "business_key": key,
            "columns": list(history.attributes),
            "changed_at": table.time,
            "loaded_at": table.loaded_at,
        }
        if table.sequence:
            named["sequence"] = columns(table.sequence)
        if table.deleted_when:
            named["deleted_when"] = table.deleted_when
        tests.append(_test("scd2_matches_source", **named))
    else:
        tests.append(_none_lost(spec, table))
    names = ", ".join(name for name in history.attributes if name not in history.overwrite)
    said = f"The versions of each entity's {names}."
    return _model(spec, spec.history_model, said, f"{_key_grain(spec)}, version", shown, tests)


def _grain(spec: Spec, grain: Grain) -> dict[str, Any]:
    shown = _keys(spec, _NEVER)
    shown += [
        _column("period_start", f"The start of the {grain.grain}.", _NEVER),
        _column("period_end", "The start of the next one."),
    ]
    measures = {each.name: each.shown for each in (*grain.measures, *grain.trailing)}
    finer = next((each for each in spec.grains if each.model == grain.finer), None)
    measures |= {
        each.name: each.shown
        for each in (finer.trailing if finer is not None else ())
        if each.name in grain.attributes
    }
    said = spec.history.attributes if spec.history is not None else {}
    attributes = {name: said.get(name, "") for name in grain.attributes if name not in measures}
    shown += [_column(name, text) for name, text in {**measures, **attributes}.items()]
    shown += [_column("is_deleted", _IS_DELETED), _column("loaded_at", _LOADED_AT)]
    key = columns(spec.keys)
    tests = [_test("grain_unique", business_key=key)]
    if grain.spine == "dense":
        tests.append(_test("grain_complete", business_key=key))
    else:
        tests.append(_none_lost(spec, grain.table))
    tests += _reconciles(spec, grain)
    zone = f" of {grain.timezone}" if grain.timezone else ""
    text = f"One row per {_words(spec)} and {grain.grain}{zone}."
    return _model(spec, grain.model, text, f"{_key_grain(spec)}, {grain.grain}", shown, tests)


def _reconciles(spec: Spec, grain: Grain) -> list[Any]:
    """Return tests that a total is that of the events, for measures of which that must be exact."""
    table, found = grain.table, []
    for measure in grain.measures if not grain.finer else ():
        exact = measure.calculation.replace(" ", "").lower() == "count(*)"
        if measure.agg != "sum" or not (exact or measure.tolerance is not None):
            continue
        named: dict[str, Any] = {
            "measure": measure.name,
            "events": f"ref('{table.staging}')",
            "calculation": measure.calculation,
            "business_key": columns(spec.keys),
            "occurred_at": table.time,
            "loaded_at": table.loaded_at,
        }
        if table.row_key:
            named["row_key"] = columns(table.row_key)
        if table.deleted_when:
            named["deleted_when"] = table.deleted_when
        if measure.tolerance:
            named["tolerance"] = measure.tolerance
        found.append(_test("grain_reconciles", **named))
    return found


def _none_lost(spec: Spec, table: Table) -> dict[str, Any]:
    return _test(
        "no_late_rows_lost",
        source=f"ref('{table.staging}')",
        keys=columns(spec.keys),
        loaded_at=table.loaded_at,
        watermark_column="loaded_at",
    )


def _keys(spec: Spec, tests: list[str]) -> list[dict[str, Any]]:
    """Return the key's columns. Part of a composite key may be NULL, so its hash is tested then."""
    if len(spec.keys) == 1:
        return [
            *(_column(name, said, tests) for name, said in spec.keys.items()),
            _column("durable_key", _DURABLE_KEY),
        ]
    return [
        *(_column(name, said) for name, said in spec.keys.items()),
        _column("durable_key", _DURABLE_KEY, tests),
    ]


def _model(
    spec: Spec,
    name: str,
    description: str,
    grain: str,
    shown: list[dict[str, Any]],
    tests: list[Any],
) -> dict[str, Any]:
    ours: Mapping[str, Any] = {"grain": grain} if grain else {}
    if grain and spec.sla_hours is not None:
        ours = {**ours, "sla_hours": spec.sla_hours}
    meta: dict[str, Any] = {"owner": spec.owner}
    if ours:
        meta["entity_kit"] = Line(ours)
    found: dict[str, Any] = {"name": name, "description": description, "config": {"meta": meta}}
    if tests:
        found["data_tests"] = tests
    return {**found, "columns": shown}


def _column(name: str, said: str, tests: list[Any] | None = None) -> dict[str, Any]:
    found: dict[str, Any] = {"name": name}
    if said:
        found["description"] = said
    if tests:
        found["data_tests"] = tests
    if any(isinstance(test, dict) for test in tests or ()):
        return found
    return Line(found) if len(said) <= 90 else found


def _test(name: str, **arguments: Any) -> dict[str, Any]:
    short = len(arguments) <= 3
    return {f"entity_kit.{name}": {"arguments": Line(arguments) if short else arguments}}


def _key_grain(spec: Spec) -> str:
    return ", ".join(spec.keys)


def _words(spec: Spec) -> str:
    return " and ".join(spec.keys)
