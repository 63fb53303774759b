"""What `monitor` says of ages and anomalies, and what it posts again: plain data, without dbt."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entity_kit.errors import DbtError, EntityKitError
from entity_kit.project_health.monitor import ages, anomalies
from entity_kit.project_health.monitor.alerts import Alert, Checked, link_to, owner_of
from entity_kit.project_health.monitor.questions import ask_each, together, what_failed
from entity_kit.project_health.monitor.state import as_state, find_news, read_state
from entity_kit.project_health.monitor.telling import as_json, as_message

NOW = dt.datetime(2026, 1, 10, 12, tzinfo=dt.timezone.utc)
SOURCE = {
    "resource_type": "source",
    "unique_id": "source.shop.raw.orders",
    "source_name": "raw",
    "name": "orders",
    "relation_name": '"w"."raw"."orders"',
    "loaded_at_field": "loaded_at",
    "freshness": {
        "warn_after": {"count": 12, "period": "hour"},
        "error_after": {"count": 2, "period": "day"},
        "filter": None,
    },
    "original_file_path": "models/_sources.yml",
    "config": {"meta": {"owner": "data-platform"}},
}
MODEL = {
    "resource_type": "model",
    "unique_id": "model.shop.fct",
    "name": "fct",
    "alias": "fct",
    "database": "w",
    "schema": "main",
    "group": "sales",
    "original_file_path": "models/fct.sql",
    "config": {"materialized": "table", "meta": {"entity_kit": {"sla_hours": 12}}},
    "depends_on": {"macros": [], "nodes": []},
}
TEST = {
    "resource_type": "test",
    "unique_id": "test.shop.no_anomalies_fct",
    "name": "no_anomalies_fct",
    "test_metadata": {"name": "no_anomalies", "namespace": "entity_kit"},
    "attached_node": "model.shop.fct",
    "original_file_path": "models/fct.yml",
    "config": {"severity": "error", "warn_if": "!= 0", "error_if": "!= 0"},
    "depends_on": {"nodes": ["model.shop.fct"]},
}
MANIFEST = {
    "nodes": {node["unique_id"]: node for node in (MODEL, TEST)},
    "sources": {SOURCE["unique_id"]: SOURCE},
    "groups": {"group.shop.sales": {"name": "sales", "owner": {"name": "Ana"}}},
    "macros": {},
}


def age(*times, kind="rows", built=None, of=SOURCE):
    """Judge one source or model by the newest time of each of its columns."""
    rows = [{"kind": kind, "newest": time} for time in times or [None]]
    builds = {} if built is None else {of["unique_id"]: built}
    return ages.judge(MANIFEST, {of["unique_id"]: rows}, builds, NOW).alerts


@pytest.mark.parametrize(
    ("newest", "reasons"),
    [
        ("2026-01-10 00:00:00", []),  # twelve hours are allowed
        (
            "2026-01-09 23:59:59",
            ["its newest rows are 12 hours old, over its warn_after of 12 hours"],
        ),
        (
            "2026-01-08 12:00:00",
            ["its newest rows are 2 days old, over its warn_after of 12 hours"],
        ),
        (
            "2026-01-07 00:00:00",
            ["its newest rows are 3.5 days old, over its error_after of 2 days"],
        ),
        ("2026-01-10 02:30:00+02:00", []),
        (
            "2026-01-10 01:00:00+02",
            ["its newest rows are 13 hours old, over its warn_after of 12 hours"],
        ),
        (None, ["it has no rows"]),
        ("soon", ["its age can't be checked: 'soon' isn't a time"]),
    ],
)
def test_a_source_is_as_old_as_its_newest_row(newest, reasons):
    assert [(each.model, each.reason) for each in age(newest)] == [
        ("raw.orders", reason) for reason in reasons
    ]


def test_a_stale_source_says_what_is_expected_whose_it_is_and_where():
    (alert,) = age("2026-01-07")
    assert (alert.expected, alert.actual, alert.owner, alert.link) == (
        "at most 2 days old",
        "2026-01-07 00:00 UTC, 3.5 days old",
        "data-platform",
        "models/_sources.yml",
    )


@pytest.mark.parametrize(
    ("given", "reasons"),
    [
        ({"times": ["2026-01-09", "2026-01-10 01:00"]}, []),  # the newest of its columns
        ({"times": ["2026-01-09"]}, ["its newest rows are 36 hours old, over its SLA of 12 hours"]),
        # Rows say more than a build: one that read nothing new has made nothing newer.
        (
            {"times": ["2026-01-09"], "built": NOW},
            ["its newest rows are 36 hours old, over its SLA of 12 hours"],
        ),
        ({"kind": "no column", "built": NOW - dt.timedelta(hours=12)}, []),
        (
            {"kind": "no column", "built": NOW - dt.timedelta(hours=13)},
            ["its last successful build was 13 hours ago, over its SLA of 12 hours"],
        ),
        (
            {"kind": "no column"},
            [
                (
                    "its SLA can't be checked: it has no column loaded_at, and run_history has no "
                    "successful build of it"
                )
            ],
        ),
        ({"kind": "missing", "built": NOW}, ["it isn't built, so its SLA isn't met"]),
        (
            {"kind": "ephemeral"},
            ["it has an SLA, but is ephemeral: there is no table to check"],
        ),
    ],
)
def test_a_model_keeps_its_sla_by_its_rows_and_else_by_its_builds(given, reasons):
    found = age(*given.pop("times", []), of=MODEL, **given)
    assert [(each.model, each.reason, each.owner) for each in found] == [
        ("fct", reason, "Ana") for reason in reasons
    ]


@pytest.mark.parametrize("hours", [0, -1, "12", True, [12], float("nan")])
def test_an_sla_is_a_number_of_hours(hours):
    meta = {"entity_kit": {"sla_hours": hours}}
    model = {**MODEL, "config": {**MODEL["config"], "meta": meta}}
    with pytest.raises(EntityKitError) as caught:
        ages.models_with_sla({"nodes": {"model.shop.fct": model}})
    assert caught.value.message == (
        f"Model fct: `sla_hours` must be a number of hours over 0; got {hours!r}."
    )


def test_freshness_without_a_time_to_look_at_is_said_to_be_unchecked():
    source = {**SOURCE, "loaded_at_field": None}
    assert ages.fresh_sources({"sources": {"s": source}}) == (
        {},
        ["The freshness of raw.orders wasn't checked: it has no loaded_at_field."],
    )
    assert ages.fresh_sources({"sources": {"s": {**SOURCE, "freshness": None}}}) == ({}, [])


def test_a_source_is_asked_as_it_declares():
    freshness = {**SOURCE["freshness"], "filter": "loaded_at > '2026'"}
    parts, _ = ages.fresh_sources({"sources": {"s": {**SOURCE, "freshness": freshness}}})
    assert parts["s"].endswith(
        "cast(max(loaded_at) as {{ dbt.type_string() }}) as newest "
        'from "w"."raw"."orders" where loaded_at > \'2026\''
    )
    query = "select max(at) from {{ this }} where note = '{{'"
    parts, _ = ages.fresh_sources({"sources": {"s": {**SOURCE, "loaded_at_query": query}}})
    assert (
        '(select * from ({% raw %}select max(at) from "w"."raw"."orders" where note = \'{{\''
        "{% endraw %}) as entity_kit_newest)"
    ) in parts["s"]


@given(
    st.datetimes(
        dt.datetime.fromisoformat("1900-01-01"), dt.datetime.fromisoformat("2200-01-01")
    ).map(lambda time: time.replace(microsecond=0)),
    st.integers(-14 * 4, 14 * 4).map(lambda quarters: dt.timedelta(minutes=15 * quarters)),
    st.sampled_from([" ", "T"]),
    st.sampled_from(["", ".5", ".123456789"]),
)
def test_times_are_read_as_warehouses_write_them(time, offset, between, fraction):
    zoned = time.replace(tzinfo=dt.timezone(offset))
    text = f"{time:%H:%M:%S}{fraction}"
    day = f"{time.year:04}-{time:%m-%d}"
    zone = zoned.isoformat()[len(time.isoformat()) :]
    expected = (time - offset).replace(tzinfo=dt.timezone.utc)
    for written in (zone, f" {zone}", zone.replace(":", ""), zone.removesuffix(":00")):
        assert ages.read_time(f"{day}{between}{text}{written}") == expected
    for written in ("", "Z", " UTC", "+00"):
        naive = time.replace(tzinfo=dt.timezone.utc)
        assert ages.read_time(f"{day}{between}{text}{written}") == naive


def point(period="2026-01-09", value=60.0, group="country=NL", status="anomaly", **more):
    row = {"metric": "revenue", "period_start": period, "group_name": group, "value": value}
    reason = "the value is higher than expected from the periods before it"
    return row | {
        "lower": 8.8935,
        "upper": 13.3922,
        "status": status,
        "failure_reason": reason,
        **more,
    }


def anomaly(*rows, config=None):
    test = {**TEST, "config": {**TEST["config"], **(config or {})}}
    manifest = {**MANIFEST, "nodes": {**MANIFEST["nodes"], test["unique_id"]: test}}
    return anomalies.judge(manifest, {test["unique_id"]: rows}).alerts


def test_one_alert_for_each_series_with_its_newest_point():
    found = anomaly(
        point("2026-01-08"),
        point(),
        point("2026-01-07"),
        point(group=None, value=None, lower=None, upper=None, failure_reason="no value"),
    )
    assert [(each.model, each.reason, each.expected, each.actual) for each in found] == [
        ("fct", "revenue on 2026-01-09 fails: no value", "", ""),
        (
            "fct",
            (
                "revenue of country=NL on 2026-01-09 fails: the value is higher than expected from the "
                "periods before it (it is 60, expected 8.893 to 13.39); so do 2 earlier points"
            ),
            "8.893 to 13.39",
            "60",
        ),
    ]
    assert {each.owner for each in found} == {"Ana"}


@pytest.mark.parametrize(
    ("config", "failing"),
    [
        ({}, [1, 2, 3, 4]),
        ({"warn_if": ">2", "error_if": ">=4"}, [3, 4]),
        ({"warn_if": ">100", "error_if": ">= 4"}, [4]),
        ({"warn_if": ">100", "error_if": ">= 4", "severity": "warn"}, []),
        ({"warn_if": "between 2 and 3"}, [1, 2, 3, 4]),  # only a warehouse understands it
    ],
)
def test_a_data_test_fails_as_its_config_says(config, failing):
    rows = [point(f"2026-01-0{day}") for day in range(1, 5)]
    assert [n for n in range(5) if anomaly(*rows[:n], config=config)] == failing


def test_what_cannot_be_checked_is_an_alert():
    found = anomalies.judge(MANIFEST, {TEST["unique_id"]: "no such column"})
    assert [each.reason for each in found.alerts] == [
        "its anomalies can't be checked: no such column"
    ]
    assert (found.judged, found.unjudged) == (set(), {("anomalies", TEST["unique_id"])})


def test_tables_of_anomalies_that_no_test_reads():
    table = {
        **MODEL,
        "unique_id": "model.shop.judged",
        "depends_on": {"macros": ["macro.entity_kit.anomalies"], "nodes": []},
    }
    nodes = {**MANIFEST["nodes"], "model.shop.judged": table}
    found = anomalies.untested_tables({**MANIFEST, "nodes": nodes})
    assert [node["unique_id"] for node in found] == ["model.shop.judged"]
    test = {**TEST, "depends_on": {"nodes": ["model.shop.judged"]}}
    nodes[TEST["unique_id"]] = test
    assert anomalies.untested_tables({**MANIFEST, "nodes": nodes}) == []


def test_one_bad_table_does_not_spoil_the_others():
    calls = []

    def ask(keys):
        calls.append(list(keys))
        if "bad" in keys:
            raise DbtError(
                "dbt show failed.\nRuntime Error\n  Runtime Error in sql_operation x (from y)\n"
                "    Catalog Error: no bad\n    > in macro z (z.sql)"
            )
        return {key: ({"x": key},) for key in keys}

    assert ask_each(ask, ["a", "bad", "c"], lambda: None) == {
        "a": ({"x": "a"},),
        "bad": "Catalog Error: no bad",
        "c": ({"x": "c"},),
    }
    assert calls == [["a", "bad", "c"], ["a"], ["bad"], ["c"]]


def test_a_warehouse_that_does_not_answer_at_all_is_no_alert():
    def fail(*_):
        raise DbtError("no connection")

    with pytest.raises(DbtError, match="no connection"):
        ask_each(fail, ["a"], fail)


def test_questions_are_asked_together_by_number():
    text = ages.models_with_sla(MANIFEST)["model.shop.fct"]
    assert together({"a": text, "b": text}, ["a", "b"]).count("select 1 as part") == 3
    said = "dbt show failed.\n09:34:46  Encountered an error:\nRuntime Error\n  Catalog Error: no"
    assert what_failed(DbtError(said)) == "Catalog Error: no"
    assert what_failed(DbtError("dbt show failed.\nx " + "y" * 1000)) == "x " + "y" * 298


def alert(name, level=""):
    return Alert(name, f"is bad {level}", "sla", name, level=level)


LEVELS = st.sampled_from(["", "1", "2"])
# Days: what is wrong with whom, and who couldn't be checked. The others are well.
DAYS = st.lists(st.dictionaries(st.sampled_from("abcd"), st.one_of(LEVELS, st.none())), max_size=8)


@given(DAYS)
def test_who_listens_always_knows_what_lasts_and_is_told_nothing_twice(days):
    told, heard = {}, {}
    for day in days:
        wrong = {name: level for name, level in day.items() if level is not None}
        unknown = {name for name, level in day.items() if level is None}
        checked = Checked(
            tuple(alert(name, level) for name, level in wrong.items()),
            unjudged=frozenset(("sla", name) for name in unknown),
        )
        news = find_news(told, checked, "2026")
        for each in news.new:
            assert each.model not in heard or each.level > heard[each.model]
        for each in news.over:
            assert heard.pop(each.model) is not None
        heard |= wrong
        # What can't be checked stays as it was; all else is as it is.
        assert {name for name in heard if name not in unknown} == set(wrong)
        assert {each.model for each in news.told.values()} == set(heard)
        told = news.told


def test_what_a_whole_check_could_not_see_is_not_over():
    told = find_news({}, Checked((alert("a"),)), "1").told
    news = find_news(told, Checked(unjudged=frozenset({("sla", "")})), "2")
    assert (bool(news), news.told) == (False, told)


def test_a_state_is_read_as_it_was_written(tmp_path):
    file = tmp_path / "state.json"
    assert read_state(file, "shop", "dev") == {}
    told = find_news({}, Checked((alert('ü " \n'), alert("b", "2"))), "2026-01-01T00:00:00").told
    file.write_text(as_state("shop", "dev", told), encoding="utf-8")
    assert read_state(file, "shop", "dev") == told
    with pytest.raises(EntityKitError) as caught:
        read_state(file, "shop", "prod")
    assert caught.value.message == (
        f"{file} is the state of project shop, target dev; this is project shop, target prod."
    )


@pytest.mark.parametrize(
    "text",
    [
        *("", "[]", "{", "null", '{"version": 1}', "\xff"),
        '{"version": 1, "project": "shop", "target": "dev", "told": []}',
        '{"version": 1, "project": "shop", "target": "dev", "told": {"x": {"model": "m"}}}',
        (
            '{"version": 1, "project": "shop", "target": "dev", "told": {"x": {"model": 1, "reason": "",'
            ' "check": "", "about": "", "level": "", "since": ""}}}'
        ),
        '{"version": 2, "project": "shop", "target": "dev", "told": {}}',
    ],
)
def test_what_is_no_state_is_refused(tmp_path, text):
    file = tmp_path / "state.json"
    file.write_bytes(text.encode("latin-1"))
    with pytest.raises(EntityKitError, match=r"is(n't)? a state of"):
        read_state(file, "shop", "dev")


def test_one_message_for_all_of_it():
    told = find_news({}, Checked((alert("old"),)), "1").told
    stale = age("2026-01-07")[0]
    news = find_news(told, Checked((stale, *anomaly(point()))), "2")
    assert as_message("shop", news.new, news.over, known=3)["text"].split("\n") == [
        "shop: 2 alerts, 1 over, 3 known",
        "• raw.orders: its newest rows are 3.5 days old, over its error_after of 2 days",
        "    expected: at most 2 days old",
        "    actual: 2026-01-07 00:00 UTC, 3.5 days old",
        "    owner: data-platform",
        "    link: models/_sources.yml",
        (
            "• fct: revenue of country=NL on 2026-01-09 fails: the value is higher than expected from "
            "the periods before it (it is 60, expected 8.893 to 13.39)"
        ),
        "    expected: 8.893 to 13.39",
        "    actual: 60",
        "    owner: Ana",
        "    link: models/fct.yml",
        "✓ old: over: is bad ",
    ]


def test_a_long_message_is_cut():
    text = as_message("shop", [alert(str(n)) for n in range(45)])["text"]
    assert text.split("\n")[0] == "shop: 45 model alerts"
    assert text.split("\n")[-2:] == ["• 39: is bad ", "… and 5 more: run entity-kit monitor"]


def test_json_has_each_alert():
    checked = ages.judge(
        MANIFEST, {SOURCE["unique_id"]: [{"kind": "rows", "newest": "2026-01-07"}]}, {}, NOW
    )
    found = as_json(checked, find_news({}, checked, "1"))
    assert json.loads(json.dumps(found)) == {
        "version": 1,
        "checks": {"freshness": 1},
        "alerts": [
            {
                "check": "freshness",
                "model": "raw.orders",
                "unique_id": "source.shop.raw.orders",
                "reason": "its newest rows are 3.5 days old, over its error_after of 2 days",
                "expected": "at most 2 days old",
                "actual": "2026-01-07 00:00 UTC, 3.5 days old",
                "owner": "data-platform",
                "link": "models/_sources.yml",
                "is_new": True,
            }
        ],
        "over": [],
    }


def test_owners_and_links():
    assert owner_of(MANIFEST, TEST, MODEL) == "Ana"
    assert owner_of(MANIFEST, {"meta": {"owner": ["a", "b"]}}) == '["a", "b"]'
    assert owner_of(MANIFEST, {}) == ""
    assert link_to(TEST, "https://docs/") == "https://docs/#!/test/test.shop.no_anomalies_fct"
