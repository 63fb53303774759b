"""The pure parts of `verify`: where a timeline is cut, what YAML declares, profiles, the clock."""

from __future__ import annotations

import datetime as dt
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from entity_kit import EntityKitError
from entity_kit.arrivals.schedules import RecordedWorld, recorded_schedules
from entity_kit.arrivals.sources import (
    Arrivals,
    Delivery,
    Source,
    declaration,
    declared,
    parse_delivery,
)
from entity_kit.arrivals.timeline import cut
from entity_kit.dbt_bridge.clock import asks_clock
from entity_kit.dbt_bridge.hooks import written_names
from entity_kit.dbt_bridge.patches import clock as clock_patch
from entity_kit.dbt_bridge.profiles import load_target
from entity_kit.warehouse import Relation

START = datetime(2024, 1, 1, tzinfo=timezone.utc)
MINUTE = timedelta(minutes=1)


def arrivals(counts: dict[int, int], last: int | None = None) -> Arrivals:
    """Return a source's arrivals: how many rows came at which minute."""
    instants = tuple(START + MINUTE * minute for minute in sorted(counts))
    end = START + MINUTE * last if last is not None else max(instants, default=None)
    return Arrivals(
        rows=sum(counts.values()),
        nulls=0,
        future=0,
        first=min(instants, default=None),
        last=end,
        instants=instants,
        weights=tuple(counts[minute] for minute in sorted(counts)),
        zoned=False,
    )


def test_a_timeline_of_nothing_has_no_steps():
    assert cut([], 5) == ()
    assert cut([arrivals({})], 5) == ()


def test_an_empty_source_beside_another_changes_nothing():
    counts = {0: 1, 1: 1, 2: 1}
    assert cut([arrivals(counts), arrivals({})], 3) == cut([arrivals(counts)], 3)


def test_the_last_arrival_counts_although_the_sample_of_times_missed_it():
    instants = cut([arrivals({0: 1, 1: 1}, last=7)], 2)
    assert instants == (START, START + 7 * MINUTE)


def test_the_recorded_schedules():
    plans = recorded_schedules(("arrival", "rerun", "empty", "gap"), 3)
    assert {plan.name: dict(plan.runs) for plan in plans} == {
        "arrival": {1: 1, 2: 1, 3: 1},
        "rerun": {1: 2, 2: 2, 3: 2},
        "empty": {0: 1, 1: 1, 2: 1, 3: 1},
        "gap": {1: 1, 3: 1},
    }
    empty = plans[2]
    assert [empty.compares(state) for state in range(4)] == [False, True, True, True]


def test_what_a_source_shows_at_each_state():
    source = Source("source.a.b", "a.b", Relation("w", "a", "b"), "w.a.b", '"loaded_at"')
    instants = (START, START + MINUTE)
    world = RecordedWorld(instants, {"source.a.b": False}, ZoneInfo("Asia/Tokyo"), START - MINUTE)
    assert world.view(source, 0) == "select * from w.a.b where false"
    assert world.view(source, 1) == (
        "select * from w.a.b where (\"loaded_at\" < timestamp '2024-01-01 09:00:00.000001' "
        'or "loaded_at" is null)'
    )
    zoned = RecordedWorld(instants, {"source.a.b": True}, ZoneInfo("Asia/Tokyo"), START)
    assert zoned.view(source, 2) == (
        'select * from w.a.b where ("loaded_at" < make_timestamptz(1704067260000001) '
        'or "loaded_at" is null)'
    )
    assert [world.clock(state) for state in range(3)] == [START - MINUTE, START, START + MINUTE]


def test_a_delivery_in_full_and_an_empty_one():
    assert parse_delivery("s.t", {}) == Delivery()
    assert parse_delivery(
        "s.t",
        {
            "late_by": {"weeks": 1, "days": 1.5, "hours": 2, "minutes": 3, "seconds": 4},
            "updates": True,
            "deletes": "hard",
            "redelivers": True,
            "split_batches": True,
        },
    ) == Delivery(
        late_by=timedelta(weeks=1, days=1.5, hours=2, minutes=3, seconds=4),
        updates=True,
        deletes="hard",
        redelivers=True,
        split_batches=True,
    )


KNOWN = "late_by, updates, deletes, redelivers, split_batches"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"lateby": {"days": 1}},
            f"s.t: `delivery` knows {KNOWN}; got `lateby`.\nClosest: late_by.",
        ),
        ({"update": True}, f"s.t: `delivery` knows {KNOWN}; got `update`.\nClosest: updates."),
        ({7: True}, f"s.t: `delivery` knows {KNOWN}; got `7`.\nClosest: updates."),
        (
            ["updates"],
            (
                "s.t: `delivery` must be a mapping; got ['updates'].\n"
                "For example: delivery: {late_by: {days: 3}, updates: true}"
            ),
        ),
        (
            {"late_by": "3 days"},
            (
                "s.t: `delivery.late_by` must be a mapping of units; got '3 days'.\n"
                "For example: late_by: {days: 3}"
            ),
        ),
        (
            {"late_by": {"day": 3}},
            (
                "s.t: `delivery.late_by` knows weeks, days, hours, minutes, seconds; got `day`.\n"
                "Closest: days."
            ),
        ),
        (
            {"late_by": {"days": -1}},
            (
                "s.t: `delivery.late_by.days` must be a number of days; got -1.\n"
                "For example: late_by: {days: 3}"
            ),
        ),
        (
            {"late_by": {"days": True}},
            (
                "s.t: `delivery.late_by.days` must be a number of days; got True.\n"
                "For example: late_by: {days: 3}"
            ),
        ),
        (
            {"late_by": {"days": float("nan")}},
            (
                "s.t: `delivery.late_by.days` must be a number of days; got nan.\n"
                "For example: late_by: {days: 3}"
            ),
        ),
        (
            {"late_by": {"days": 10**12}},
            (
                "s.t: `delivery.late_by` is too long: {'days': 1000000000000}.\n"
                "For example: late_by: {days: 3}"
            ),
        ),
        (
            {"updates": "yes"},
            (
                "s.t: `delivery.updates` must be true or false; got 'yes'.\n"
                "Write updates: true, or remove it."
            ),
        ),
        (
            {"deletes": True},
            (
                "s.t: `delivery.deletes` must be none or hard; got True.\n"
                "hard: a row may disappear from the source."
            ),
        ),
        (
            {"deletes": ["hard"]},
            (
                "s.t: `delivery.deletes` must be none or hard; got ['hard'].\n"
                "hard: a row may disappear from the source."
            ),
        ),
    ],
)
def test_a_delivery_that_is_misspelt(given, message):
    with pytest.raises(EntityKitError) as caught:
        parse_delivery("s.t", given)
    assert str(caught.value) == message


def node(loaded_at: str | None = "loaded_at", **ours: object) -> dict[str, object]:
    return {"name": "t", "config": {"loaded_at_field": loaded_at, "meta": {"entity_kit": ours}}}


def test_what_a_source_declares():
    assert declared({"name": "t"}) is None
    assert declared({"name": "t", "config": {"meta": None}, "meta": None}) is None
    assert declared({"name": "t", "loaded_at_field": "at", "config": {}}) == {
        "loaded_at": "at",
        "event_time": None,
        "row_key": (),
        "delivery": Delivery(),
    }
    assert declared(node(row_key="id", event_time="at", delivery={"updates": True})) == {
        "loaded_at": "loaded_at",
        "event_time": "at",
        "row_key": ("id",),
        "delivery": Delivery(updates=True),
    }
    assert declared({**node(), "loaded_at_query": "select now()"}) is None


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            node(deliveries={"updates": True}),
            (
                "t: `meta.entity_kit` of a source knows loaded_at_field, event_time, row_key, delivery, "
                "mask; got `deliveries`.\nClosest: delivery."
            ),
        ),
        (
            node(row_key={"id": 1}),
            (
                "t: `row_key` must be a column or a list of columns; got {'id': 1}.\n"
                "For example: row_key: [order_id]"
            ),
        ),
        (
            node(loaded_at=None, delivery={"updates": True}),
            (
                "t declares a delivery, but not when its rows arrive.\n"
                "Add loaded_at_field, or remove the delivery."
            ),
        ),
        (
            {"name": "t", "config": {"meta": {"entity_kit": ["row_key"]}}},
            (
                "t: `meta.entity_kit` must be a mapping; got ['row_key'].\n"
                "For example: entity_kit: {row_key: [order_id], delivery: {updates: true}}"
            ),
        ),
    ],
)
def test_a_declaration_that_is_misspelt(given, message):
    with pytest.raises(EntityKitError) as caught:
        declared(given)
    assert str(caught.value) == message


def manifest(*hooks: str, package: str = "mine") -> dict[str, object]:
    return {
        "macros": {"m": {"package_name": package, "macro_sql": "".join(hooks[:1])}},
        "nodes": {
            "operation.a": {
                "resource_type": "operation",
                "raw_code": "".join(hooks[1:2]),
                "config": {},
            },
            "model.a": {
                "resource_type": "model",
                "config": {"pre-hook": [{"sql": sql} for sql in hooks[2:]], "post-hook": []},
            },
        },
    }


def test_the_names_that_hooks_write_to():
    found = written_names(
        manifest(
            "insert into {{ target.schema }}.Audit_Log values (1)",
            'create table if not exists "my schema"."my table" (x int)',
            "insert or replace into a1 select * from b1",
            "DELETE\n  FROM {{ source('ops', 'run_log') }} where true",
            "update a2 set x = 1",
            "create or replace table {{ schema }}.a3 as select 1",
            "merge into a4 using b4 on true",
            "truncate table a5; drop table if exists a6; alter table a7 add column x int",
            "copy a8 from 'file.csv'; truncate a9",
            "select * from b9",
        )
    )
    wanted = {f"a{number}" for number in range(1, 10)}
    assert wanted | {"audit_log", "my table", "run_log"} <= found
    assert not found & {"b1", "b4", "b9"}
    assert written_names(manifest("insert into x values (1)", package="dbt")) == set()


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Return a function that writes a project with a profile's YAML, and loads its target."""
    for name in ("DBT_PROFILES_DIR", "DBT_PROFILE", "DBT_TARGET"):
        monkeypatch.delenv(name, raising=False)
    for name in ("home", "cwd", "project", "other"):
        (tmp_path / name).mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path / "cwd")
    (tmp_path / "project" / "dbt_project.yml").write_text("name: p\nprofile: shop\n")

    def load(text: str | None = None, **options: object):
        if text is not None:
            (tmp_path / "project" / "profiles.yml").write_text(text)
        return load_target(tmp_path / "project", **options)

    load.folder = tmp_path
    return load


def profile(path: str) -> str:
    return f"shop: {{target: dev, outputs: {{dev: {{type: duckdb, path: '{path}'}}}}}}"


def test_where_a_profile_is_looked_for(project, monkeypatch):
    folder = project.folder
    with pytest.raises(EntityKitError) as caught:
        project()
    assert str(caught.value).replace(str(folder), "") == (
        "No profiles.yml was found; looked in /cwd, /project, /home/.dbt.\n"
        "Name its folder with --profiles-dir."
    )
    (folder / "home" / ".dbt").mkdir()
    (folder / "home" / ".dbt" / "profiles.yml").write_text(profile("home"))
    assert project().output["path"] == "home"
    assert project(profile("project")).output["path"] == "project"
    (folder / "cwd" / "profiles.yml").write_text(profile("cwd"))
    assert project().output["path"] == "cwd"
    (folder / "other" / "profiles.yml").write_text(profile("other"))
    monkeypatch.setenv("DBT_PROFILES_DIR", str(folder / "other"))
    assert project().output["path"] == "other"
    monkeypatch.setenv("DBT_PROFILES_DIR", "../other")
    assert project().output["path"] == "other"
    assert project(profiles_dir=folder / "cwd").output["path"] == "cwd"


def test_which_profile_and_target(project, monkeypatch):
    text = """
        shop:
          target: "{{ env_var('MY_TARGET', 'dev') }}"
          outputs: {dev: {type: duckdb, path: a}, prod: {type: duckdb, path: b}}
        spare:
          outputs: {default: {type: duckdb, path: c}}
        empty:
        config: {}
    """
    assert project(text).output["path"] == "a"
    monkeypatch.setenv("MY_TARGET", "prod")
    assert project().output["path"] == "b"
    monkeypatch.setenv("DBT_TARGET", "dev")
    assert project().output["path"] == "a"
    assert project(target="prod").output["path"] == "b"
    monkeypatch.delenv("DBT_TARGET")
    assert project(profile="spare").name == "default"
    monkeypatch.setenv("DBT_PROFILE", "spare")
    assert project().output["path"] == "c"
    monkeypatch.delenv("DBT_PROFILE")
    file = project.folder / "project" / "profiles.yml"
    for options, message in (
        (
            {"target": "tset"},
            (
                f"Profile `shop` in {file} has no target `tset`. Targets: dev, prod.\n"
                "Pass one of them with --target."
            ),
        ),
        (
            {"profile": "shap"},
            (
                f"{file} has no profile `shap`. Profiles: empty, shop, spare.\n"
                "Correct `profile:` in dbt_project.yml, or pass --profiles-dir."
            ),
        ),
        (
            {"profile": "empty"},
            (
                f"Profile `empty` in {file} has no target `default`. Targets: none.\n"
                "Pass one of them with --target."
            ),
        ),
    ):
        with pytest.raises(EntityKitError) as caught:
            project(**options)
        assert str(caught.value) == message


def test_what_profiles_render(project, monkeypatch):
    for name, value in {"P": "20240101", "L": "[1]", "N": "4", "F": "0.5", "B": "True"}.items():
        monkeypatch.setenv(name, value)
    output = project(
        """
        shop:
          target: dev
          outputs:
            dev:
              type: duckdb
              path: "{{ env_var('P') }}"
              schema: "s_{{ env_var('P') }}"
              list: "{{ env_var('L') }}"
              threads: "{{ env_var('N') | as_number }}"
              share: "{{ env_var('F') | as_number }}"
              flag: "{{ env_var('B') | as_bool }}"
              text: "{{ env_var('N') | as_text }}"
              native: "{{ env_var('L') | as_native }}"
              default: "{{ env_var('NOT_SET', 'spare') }}"
              var: "{{ var('schema', 'none') }}"
              settings: {a: "{{ env_var('P') ~ '!' }}", b: [1, "{{ 'x' if true else 'y' }}"]}
              plain: 12
        """,
        variables={"schema": "given"},
    ).output
    assert output == {
        "type": "duckdb",
        "path": "20240101",
        "schema": "s_20240101",
        "list": "[1]",
        "threads": 4,
        "share": 0.5,
        "flag": True,
        "text": "4",
        "native": [1],
        "default": "spare",
        "var": "given",
        "settings": {"a": "20240101!", "b": [1, "x"]},
        "plain": 12,
    }


@pytest.mark.parametrize(
    ("path", "message"),
    [
        (
            "{{ env_var('NOT_SET') }}",
            (
                "The profile needs the environment variable NOT_SET, which is not set.\n"
                "Set NOT_SET, or give env_var() a default."
            ),
        ),
        (
            "{{ unknown }}",
            (
                "The profile's `{{ unknown }}` can't be rendered.\n'unknown' is undefined\n"
                "Fix the profile."
            ),
        ),
        (
            "{{ env_var('HOME' }}",
            (
                "The profile's `{{ env_var('HOME' }}` can't be rendered.\n"
                "unexpected '}', expected ')'\nFix the profile."
            ),
        ),
        (
            "{{ env_var('WORD') | as_number }}",
            (
                "The profile's `{{ env_var('WORD') | as_number }}` can't be rendered.\n"
                "could not convert 'seven' to a number\nFix the profile."
            ),
        ),
    ],
)
def test_a_profile_that_does_not_render(project, monkeypatch, path, message):
    monkeypatch.setenv("WORD", "seven")
    with pytest.raises(EntityKitError) as caught:
        project(f'shop: {{target: dev, outputs: {{dev: {{type: duckdb, path: "{path}"}}}}}}')
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- shop", "{file} must contain a mapping.\nFix the file."),
        ("", "{file} must contain a mapping.\nFix the file."),
        (
            "shop: {target: dev, outputs: [dev]}",
            (
                "Profile `shop` in {file} has no target `dev`. Targets: none.\n"
                "Pass one of them with --target."
            ),
        ),
        (
            "shop: {target: dev, outputs: {dev: duckdb}}",
            (
                "Target `dev` of profile `shop` in {file} must be a mapping; got 'duckdb'.\n"
                "Fix the profile."
            ),
        ),
    ],
)
def test_a_profile_that_holds_something_else(project, text, message):
    with pytest.raises(EntityKitError) as caught:
        project(text)
    file = str(project.folder / "project" / "profiles.yml")
    assert str(caught.value) == message.replace("{file}", file)


def test_the_clock_that_jinja_sees():
    at = datetime(2024, 2, 29, 23, 30, tzinfo=timezone.utc)
    clock_patch.set_clock(at)
    try:
        shown, date = clock_patch._SimulatedDatetime, clock_patch._SimulatedDate
        assert shown.now() == at.replace(tzinfo=None)
        assert shown.utcnow() == at.replace(tzinfo=None)
        assert shown.today() == at.replace(tzinfo=None)
        assert shown.now(timezone.utc) == at
        assert shown.now(tz=ZoneInfo("Asia/Tokyo")).isoformat() == "2024-03-01T08:30:00+09:00"
        assert date.today() == dt.date(2024, 2, 29)
        assert shown(2020, 1, 1) == datetime(2020, 1, 1)  # noqa: DTZ001
        assert shown.fromisoformat("2020-01-01") == datetime(2020, 1, 1)  # noqa: DTZ001
    finally:
        clock_patch.set_clock(None)


@pytest.mark.parametrize(
    ("code", "asks"),
    [
        ("where at > '{{ run_started_at }}'", True),
        ("{{ modules.datetime.datetime.now() - modules.datetime.timedelta(days=3) }}", True),
        ("{% set dates = modules.datetime.date %}{{ dates.today() }}", True),
        ("{{ (last - modules.datetime.timedelta(hours=12)).strftime('%Y') }}", False),
        ("select prices.today from {{ ref('prices') }}", False),
    ],
)
def test_whether_a_models_jinja_asks_for_the_time(code, asks):
    assert asks_clock(code) is asks


def test_patching_dbt_twice_is_patching_it_once():
    from dbt import tracking
    from dbt.materializations.incremental.microbatch import MicrobatchBuilder

    clock_patch.install()
    patched = tracking.User, MicrobatchBuilder.__init__
    clock_patch.install()
    assert (tracking.User, MicrobatchBuilder.__init__) == patched


def test_the_yaml_for_undeclared_sources_names_all_of_them():
    assert declaration([("crm", "people"), ("shop", "items"), ("shop", "orders")]) == (
        "sources:\n"
        "  - name: crm\n"
        "    tables:\n"
        "      - name: people\n"
        "        config: {loaded_at_field: loaded_at}\n"
        "  - name: shop\n"
        "    tables:\n"
        "      - name: items\n"
        "        config: {loaded_at_field: loaded_at}\n"
        "      - name: orders\n"
        "        config: {loaded_at_field: loaded_at}"
    )
