"""How old the newest rows are: of sources, by their `freshness`; of models, by their `sla_hours`."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from entity_kit.dbt_bridge.nodes import meta_of, source_name
from entity_kit.errors import EntityKitError
from entity_kit.project_health.deprecations import shown_name
from entity_kit.project_health.monitor.alerts import Alert, Checked, in_order, link_to, owner_of
from entity_kit.project_health.monitor.questions import NUMBER, lookup

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    Node = Mapping[str, Any]
    Rows = Sequence[Mapping[str, Any]]

FRESHNESS, SLA = "freshness", "sla"
# The columns that say when a row arrived, as the package's macros name them, and loaders do.
_ARRIVED = "(?i)(^|_)loaded_at$"
_HOURS = {"minute": 1 / 60, "hour": 1.0, "day": 24.0}
_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(?:\.\d+)?)?\s*(Z|UTC|[+-]\d\d(?::?\d\d)?)?"
)


@dataclass(frozen=True, slots=True)
class Limit:
    """How old the newest rows may be. `level` grows with how bad it is to be older."""

    name: str
    hours: float
    level: str


def fresh_sources(manifest: Mapping[str, Any]) -> tuple[dict[str, str], list[str]]:
    """Return the query of each source with `freshness`, by unique id, and notes on those without one."""
    parts, notes = {}, []
    for unique_id, source in sorted(manifest["sources"].items()):
        if not _limits(source):
            continue
        column, query = _declared(source, "loaded_at_field"), _declared(source, "loaded_at_query")
        table = str(source["relation_name"])
        where = _declared(source, "freshness").get("filter")
        if query:
            asked = _as_is(table.join(re.split(r"\{\{\s*this\s*\}\}", query)))
            newest = f"(select * from ({asked}) as entity_kit_newest)"
            parts[unique_id] = _part("rows", newest, "")
        elif column:
            rows = f"from {_as_is(table)}" + (f" where {_as_is(where)}" if where else "")
            parts[unique_id] = _part("rows", f"max({_as_is(column)})", rows)
        else:
            notes.append(
                f"The freshness of {source_name(source)} wasn't checked: it has no loaded_at_field."
            )
    return parts, notes


def models_with_sla(manifest: Mapping[str, Any]) -> dict[str, str]:
    """Return the query of each node that declares `sla_hours`, by unique id.

    Raises EntityKitError where it isn't a number of hours.
    """
    return {
        unique_id: _sla_query(node)
        for unique_id, node in sorted(manifest["nodes"].items())
        if _sla_hours(node) is not None
    }


def _sla_query(node: Node) -> str:
    if node["config"].get("materialized") == "ephemeral":
        return _part("ephemeral", "null", "")
    newest = _part("rows", "max({{ column }})", "from {{ table }}")
    return (
        f"{{% set table = {lookup(node)} %}}"
        f"{{% if table is none %}}{_part('missing', 'null', '')}{{% else %}}"
        "{% set found = [] %}{% for column in adapter.get_columns_in_relation(table) %}"
        f"{{% if modules.re.search('{_ARRIVED}', column.name) %}}"
        "{% do found.append(adapter.quote(column.name)) %}{% endif %}{% endfor %}"
        "{% for column in found %}{{ '' if loop.first else ' union all ' }}"
        f"{newest}{{% else %}}{_part('no column', 'null', '')}{{% endfor %}}{{% endif %}}"
    )


def _part(kind: str, newest: str, rows: str) -> str:
    text = "{{ dbt.type_string() }}"
    return (
        f"select {NUMBER} as part, cast('{kind}' as {text}) as kind, "
        f"cast({newest} as {text}) as newest {rows}"
    ).rstrip()


def _as_is(text: str) -> str:
    """Return SQL that dbt rendered before, so that Jinja doesn't read it again."""
    return f"{{% raw %}}{text}{{% endraw %}}" if "{" in text else text


def _declared(source: Node, key: str) -> Any:
    """Return what a source declares, in its config or, as dbt 1.9 has it, beside it; or {}."""
    return source.get(key) or (source.get("config") or {}).get(key) or {}


def _limits(source: Node) -> list[Limit]:
    """Return the limits of a source, the stricter kind of trouble first."""
    found = []
    for name, level in (("error_after", "2"), ("warn_after", "1")):
        given = _declared(source, "freshness").get(name) or {}
        if given.get("count") is not None and given.get("period") in _HOURS:
            found.append(Limit(name, given["count"] * _HOURS[given["period"]], level))
    return found


def _sla_hours(node: Node) -> float | None:
    ours = meta_of(node).get("entity_kit")
    hours = ours.get("sla_hours") if isinstance(ours, dict) else None
    if hours is None or node["resource_type"] not in {"model", "seed", "snapshot"}:
        return None
    if isinstance(hours, bool) or not isinstance(hours, int | float) or not hours > 0:
        raise EntityKitError(
            f"Model {shown_name(node)}: `sla_hours` must be a number of hours over 0; got {hours!r}.",
            fix="config: {meta: {entity_kit: {sla_hours: 24}}}",
        )
    return float(hours)


def judge(
    manifest: Mapping[str, Any],
    answers: Mapping[str, Rows | str],
    builds: Mapping[str, dt.datetime],
    now: dt.datetime,
    docs_url: str = "",
) -> Checked:
    """Return the alerts of sources and models, by unique id: their rows, or why they can't be read.

    `builds` has the newest successful build of each node that has one; it counts where a model has
    no column that says when its rows arrived. Times are aware.
    """
    alerts: list[Alert] = []
    judged, unjudged = set(), set()
    for unique_id, answer in answers.items():
        source = manifest["sources"].get(unique_id)
        node = manifest["nodes"][unique_id] if source is None else source
        check = SLA if source is None else FRESHNESS
        judge_one = _Judge(manifest, node, check, docs_url, now)
        if isinstance(answer, str):
            unjudged.add((check, unique_id))
            alerts.append(judge_one.alert("error", f"its age can't be checked: {answer}"))
        else:
            judged.add((check, unique_id))
            alerts += judge_one.alerts(answer, builds.get(unique_id))
    return Checked(in_order(alerts), frozenset(judged), frozenset(unjudged))


@dataclass(frozen=True, slots=True)
class _Judge:
    """Judges one source or model."""

    manifest: Mapping[str, Any]
    node: Node
    check: str
    docs_url: str
    now: dt.datetime

    def alerts(self, rows: Rows, built: dt.datetime | None) -> Iterator[Alert]:
        kinds = {row["kind"] for row in rows}
        if "ephemeral" in kinds:
            yield self.alert("error", "it has an SLA, but is ephemeral: there is no table to check")
        elif "missing" in kinds:
            yield self.alert("missing", "it isn't built, so its SLA isn't met", actual="not built")
        elif "no column" not in kinds:
            yield from self._by_rows([row["newest"] for row in rows if row["newest"] is not None])
        elif built is not None:
            yield from self._over(built, "last successful build was", "")
        else:
            yield self.alert(
                "error",
                "its SLA can't be checked: it has no column loaded_at, and run_history has no "
                "successful build of it",
            )

    def _by_rows(self, texts: Sequence[str]) -> Iterator[Alert]:
        times = [time for text in texts if (time := read_time(text)) is not None]
        if texts and not times:
            yield self.alert("error", f"its age can't be checked: {texts[0]!r} isn't a time")
        elif not times:
            yield self.alert(
                "stale", "it has no rows", self._expected(self._bounds()[-1]), "no rows"
            )
        else:
            yield from self._over(max(times), "newest rows are", " old")

    def _over(self, newest: dt.datetime, what: str, old: str) -> Iterator[Alert]:
        age = self.now - newest
        hours = age.total_seconds() / 3600
        for limit in self._bounds():
            if hours > limit.hours:
                ago = old or " ago"
                yield self.alert(
                    "stale",
                    f"its {what} {shown_age(hours)}{ago}, over its {limit.name} of "
                    f"{shown_age(limit.hours)}",
                    self._expected(limit),
                    f"{newest:%Y-%m-%d %H:%M} UTC, {shown_age(hours)}{ago}",
                    limit.level,
                )
                return

    def _bounds(self) -> list[Limit]:
        if self.check == FRESHNESS:
            return _limits(self.node)
        return [Limit("SLA", _sla_hours(self.node) or 0.0, "")]

    def _expected(self, limit: Limit) -> str:
        return f"at most {shown_age(limit.hours)} old"

    def alert(
        self, rule: str, reason: str, expected: str = "", actual: str = "", level: str = ""
    ) -> Alert:
        node = self.node
        return Alert(
            source_name(node) if self.check == FRESHNESS else shown_name(node),
            reason,
            self.check,
            node["unique_id"],
            rule,
            level,
            expected,
            actual,
            owner_of(self.manifest, node),
            link_to(node, self.docs_url),
        )


def read_time(text: str) -> dt.datetime | None:
    """Read a time as warehouses write it, in UTC if it names no zone, as dbt does; or None."""
    found = _TIME.fullmatch(text.strip())
    if found is None:
        return None
    day, clock, zone = found.groups()
    zone = "+00:00" if zone in {None, "Z", "UTC"} else zone
    digits = zone.replace(":", "")[1:].ljust(4, "0")
    try:
        time = dt.datetime.fromisoformat(
            f"{day}T{clock or '00:00'}{zone[0]}{digits[:2]}:{digits[2:]}"
        )
    except ValueError:
        return None
    return time.astimezone(dt.timezone.utc)


def shown_age(hours: float) -> str:
    """Return `35 minutes`, `30.5 hours`, or `12.3 days`."""
    for count, unit in ((hours * 60, "minute"), (hours, "hour"), (hours / 24, "day")):
        if count < {"minute": 60, "hour": 48}.get(unit, float("inf")):
            break
    number = f"{count:,.0f}" if unit == "minute" else f"{count:,.1f}".removesuffix(".0")
    return f"{number} {unit}{'' if number == '1' else 's'}"
