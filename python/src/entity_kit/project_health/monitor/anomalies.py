"""What looks wrong in a project's series: failing `no_anomalies` tests, and tables of `anomalies`."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from entity_kit.dbt_bridge.nodes import called_macros, parents_of
from entity_kit.project_health.deprecations import shown_name
from entity_kit.project_health.monitor.alerts import Alert, Checked, in_order, link_to, owner_of
from entity_kit.project_health.monitor.questions import lookup

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    Node = Mapping[str, Any]
    Row = Mapping[str, Any]

CHECK = "anomalies"
_MACRO = "macro.entity_kit.anomalies"
# The columns of a table that `anomalies` builds; the others are the groups.
_OWN = (
    *("surrogate_key", "period_start", "value", "history", "expected", "lower", "upper", "score"),
    *("is_anomaly", "status", "failure_reason", "loaded_at"),
)
_CONDITION = re.compile(r"\s*(!=|<>|>=|<=|==|=|>|<)\s*(\d+)\s*")


def anomaly_tests(manifest: Mapping[str, Any]) -> list[Node]:
    """Return the data tests `no_anomalies`, by unique id."""
    found = [
        node
        for node in manifest["nodes"].values()
        if node["resource_type"] == "test"
        and (node.get("test_metadata") or {}).get("name") == "no_anomalies"
        and (node.get("test_metadata") or {}).get("namespace") == "entity_kit"
    ]
    return sorted(found, key=lambda node: node["unique_id"])


def untested_tables(manifest: Mapping[str, Any]) -> list[Node]:
    """Return the models that `anomalies` builds and no `no_anomalies` reads, by unique id."""
    tested = {parent for test in anomaly_tests(manifest) for parent in parents_of(test)}
    found = [
        node
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model"
        and node["unique_id"] not in tested
        and node["config"].get("materialized") != "ephemeral"
        and _MACRO in (unique_id for unique_id, _ in called_macros(manifest, node))
    ]
    return sorted(found, key=lambda node: node["unique_id"])


def table_query(node: Node) -> str:
    """Return a query in SQL and Jinja: what the data test finds in the table's newest period."""
    known = ", ".join(json.dumps(column) for column in _OWN)
    missing = json.dumps(f"{shown_name(node)} isn't built")
    return (
        f"{{% if not execute %}}select 1 as parsed{{% else %}}{{% set table = {lookup(node)} %}}"
        f"{{% if table is none %}}{{{{ exceptions.raise_compiler_error({missing}) }}}}{{% endif %}}"
        "{% set groups = [] %}{% for column in adapter.get_columns_in_relation(table) %}"
        f"{{% if column.name | lower not in [{known}] %}}{{% do groups.append(column.name) %}}"
        "{% endif %}{% endfor %}"
        "{{ entity_kit.anomaly_findings(table, by=groups, last_periods=1) }}{% endif %}"
    )


def judge(
    manifest: Mapping[str, Any],
    answers: Mapping[str, Sequence[Row] | str],
    docs_url: str = "",
) -> Checked:
    """Return the alerts of tests and tables, by unique id: their rows, or why they can't be read."""
    alerts: list[Alert] = []
    unjudged = set()
    for unique_id, answer in answers.items():
        node = manifest["nodes"][unique_id]
        model = _model_of(manifest, node)
        owner, link = owner_of(manifest, node, model), link_to(node, docs_url)
        if isinstance(answer, str):
            unjudged.add((CHECK, unique_id))
            reason = f"its anomalies can't be checked: {answer}"
            found = [Alert(shown_name(model), reason, CHECK, unique_id, rule="error")]
        else:
            rows = answer if _fails(node, len(answer)) else ()
            found = list(_alerts(unique_id, shown_name(model), rows))
        alerts += [alert.at(owner, link) for alert in found]
    judged = frozenset((CHECK, unique_id) for unique_id in answers) - unjudged
    return Checked(in_order(alerts), judged, frozenset(unjudged))


def _model_of(manifest: Mapping[str, Any], node: Node) -> Node:
    """Return the model that a test is about, or the node itself."""
    if node["resource_type"] != "test":
        return node
    for unique_id in (node.get("attached_node"), *parents_of(node)):
        found = manifest["nodes"].get(unique_id) or manifest["sources"].get(unique_id)
        if found is not None:
            return dict(found)
    return node


def _fails(node: Node, count: int) -> bool:
    """Return whether so many rows make the test fail or warn, as its config says."""
    config = node.get("config") or {}
    conditions = [config.get("warn_if") or "!= 0"]
    if str(config.get("severity") or "error").lower() == "error":
        conditions.append(config.get("error_if") or "!= 0")
    return any(_holds(str(condition), count) for condition in conditions)


def _holds(condition: str, count: int) -> bool:
    found = _CONDITION.fullmatch(condition)
    if found is None:  # SQL that only the warehouse understands
        return count != 0
    limit = int(found[2])
    return {
        "!=": count != limit,
        "<>": count != limit,
        ">=": count >= limit,
        "<=": count <= limit,
        ">": count > limit,
        "<": count < limit,
    }.get(found[1], count == limit)


def _alerts(about: str, model: str, rows: Sequence[Row]) -> Iterator[Alert]:
    """Yield one alert for each series: its newest point that fails."""
    series: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        series.setdefault((str(row["metric"]), str(row["group_name"] or "")), []).append(row)
    for (metric, group), points in series.items():
        newest = max(points, key=lambda row: str(row["period_start"] or ""))
        period = str(newest["period_start"] or "")
        where = f" of {group}" if group else ""
        when = f" on {_period(period)}" if period else ""
        expected, actual = _range(newest), _number(newest["value"])
        told = f" (it is {actual}, expected {expected})" if expected and actual else ""
        more = len(points) - 1
        also = f"; so do {more} earlier points" if more > 1 else "; so does an earlier point"
        yield Alert(
            model,
            f"{metric}{where}{when} fails: {newest['failure_reason']}{told}{also if more else ''}",
            CHECK,
            about,
            rule=json.dumps([metric, group], ensure_ascii=False),
            level=period,
            expected=expected,
            actual=actual,
        )


def _period(text: str) -> str:
    return text.replace("T", " ").removesuffix(" 00:00:00").removesuffix(":00")


def _range(row: Row) -> str:
    low, high = _number(row["lower"]), _number(row["upper"])
    if low and high:
        return low if low == high else f"{low} to {high}"
    return f"at least {low}" if low else f"at most {high}" if high else ""


def _number(value: Any) -> str:
    """Return a number with at most four significant digits after the point; '' for None."""
    if value is None:
        return ""
    try:
        number = float(value)
    except (TypeError, ValueError):
        return str(value)
    if number.is_integer() or abs(number) >= 1000:
        return f"{number:,.0f}"
    return f"{number:,.4g}"
