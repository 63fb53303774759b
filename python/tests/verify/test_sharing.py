"""What both sides of a comparison would build alike is built once a step, and shown to all."""

from __future__ import annotations

import json
from concurrent.futures import Future
from datetime import datetime, timezone
from types import SimpleNamespace

import duckdb
import pytest

from entity_kit.dbt_bridge.invocation import NodeResult, RunResult
from entity_kit.dbt_bridge.profiles import load_target
from entity_kit.dbt_bridge.sharing import Shareable, shareable
from entity_kit.engines.duckdb import DuckDBScratch
from entity_kit.engines.scratch import Contents
from entity_kit.engines.settings import UNSYNCED
from entity_kit.replay import sharing as sharing_module
from entity_kit.replay.replay import Refreshes
from entity_kit.replay.runs import Ran, Runs
from entity_kit.replay.sharing import Sharing
from entity_kit.verify import prepared
from entity_kit.verify.reports.json import as_json
from entity_kit.warehouse import Relation, rows
from support.verify_project import FCT, ORDERS, SOURCES, write_project


def node(code="select 1", materialized="table", macros=(), **config):
    name = config.pop("name", "m")
    return {
        "name": name,
        "fqn": ["shop", name],
        "database": "db",
        "schema": "main",
        "raw_code": code,
        "depends_on": {"macros": list(macros)},
        "config": {"materialized": materialized, **config},
    }


def shared(nodes, parents=None, macros=None):
    """Return the names of the models that are shared."""
    manifest = {
        "nodes": {
            (name if "." in name else f"model.shop.{name}"): {**each, "name": name, "fqn": [name]}
            for name, each in nodes.items()
        },
        "macros": macros or {},
        "parent_map": {
            f"model.shop.{name}": [p if "." in p else f"model.shop.{p}" for p in read]
            for name, read in (parents or {}).items()
        },
    }
    found = shareable(manifest, manifest["nodes"])
    return [each.selector.removeprefix("fqn:") for each in found.values()]


def test_views_and_tables_that_read_nothing_incremental_are_shared():
    nodes = {
        "z_first": node(materialized="view"),
        "between": node(materialized="ephemeral"),
        "a_last": node(),
        "fct": node(materialized="incremental"),
        "behind": node(),
    }
    parents = {
        "z_first": ["source.shop.orders", "seed.shop.countries"],
        "between": ["z_first"],
        "a_last": ["between"],
        "fct": ["a_last"],
        "behind": ["fct"],
    }
    assert shared(nodes, parents) == ["z_first", "a_last"]


@pytest.mark.parametrize(
    "code",
    [
        "select current_timestamp",
        "select now() as at",
        "select {{ this }}",
        "select '{{ run_started_at }}'",
        "select '{{ env_var('X') }}'",
        "select random()",
        "select uuid()",
        "select nextval('s')",
        "select * from orders using sample 10",
        "{% if is_incremental() %} {% endif %} select 1",
        "select '{{ invocation_id }}'",
        "{% set x = run_query('select 1') %} select 1",
        "select * from read_csv('x.csv')",
        "select * from 'x.parquet'",
        "select * from information_schema.tables",
    ],
)
def test_what_tells_one_run_from_another_is_not_shared(code):
    assert shared({"m": node(code), "plain": node("select this_year, known from orders")}) == [
        "plain"
    ]


@pytest.mark.parametrize(
    "config",
    [
        {"pre-hook": [{"sql": "select 1"}]},
        {"post-hook": [{"sql": "select 1"}]},
        {"grants": {"select": ["x"]}},
    ],
)
def test_models_with_hooks_are_not_shared(config):
    assert shared({"m": node(**config)}) == []


def test_nothing_is_shared_beside_hooks_of_the_project():
    assert shared({"m": node(), "operation.shop.hook": node()}) == []


def test_our_own_hook_only_logs_the_run():
    assert shared({"m": node(), "operation.entity_kit.entity_kit-on-run-end-0": node()}) == ["m"]


def test_a_dispatch_by_name_is_known_and_other_uses_of_the_adapter_are_not():
    assert shared(
        {
            "by_name": node("{{ return(adapter.dispatch('x', 'shop')()) }}"),
            "by_keyword": node('{{ adapter . dispatch( macro_name = "x") }}'),
            "by_variable": node("{{ adapter.dispatch(name)() }}"),
            "other": node("{{ adapter.get_columns_in_relation(x) }}"),
        }
    ) == ["by_keyword", "by_name"]


def test_python_models_and_other_materializations_are_not_shared():
    assert shared({"m": {**node(), "language": "python"}, "e": node(materialized="external")}) == []


def test_macros_count_at_whatever_depth():
    def macro(package, sql, *calls):
        return {"package_name": package, "macro_sql": sql, "depends_on": {"macros": list(calls)}}

    macros = {
        "macro.shop.outer": macro("shop", "plain", "macro.shop.inner"),
        "macro.shop.inner": macro("shop", "{{ run_started_at }}"),
        "macro.dbt.dateadd": macro("dbt", "{{ this }}"),
        "macro.dbt.is_incremental": macro("dbt", "x"),
    }
    nodes = {
        "by_outer": node(macros=["macro.shop.outer"]),
        "by_dbt": node(macros=["macro.dbt.dateadd"]),
        "by_incremental": node(macros=["macro.dbt.is_incremental"]),
        "by_unknown": node(macros=["macro.gone.x"]),
    }
    assert shared(nodes, macros=macros) == ["by_dbt"]


def test_a_name_with_a_quote_is_read_as_dbt_writes_it():
    one = {**node(), "relation_name": '"d""b"."main"."m"'}
    manifest = {"nodes": {"model.shop.m": one}, "macros": {}, "parent_map": {}}
    (found,) = shareable(manifest, manifest["nodes"]).values()
    assert found.relation == Relation('d"b', "main", "m")


def test_each_refresh_starts_once_when_its_state_or_the_one_before_is_reached():
    started = []
    refreshes = Refreshes([1, 3], started.append)
    assert (refreshes.of(0), started) == (None, [])
    refreshes.start_next(0)
    assert started == [1]
    refreshes.of(1)
    refreshes.start_next(1)
    assert (refreshes.of(2), started) == (None, [1, 3])
    refreshes.of(3)
    refreshes.start_next(3)
    assert started == [1, 3]


READS = "{{ ref('stg') }}"
MODELS = {
    "base.sql": "{{ config(materialized='view') }} select * from {{ source('shop', 'orders') }}",
    # Built before its parent, if names were the order.
    "a_table.sql": "{{ config(materialized='table') }} select *, 1 as one from {{ ref('base') }}",
    "stg.sql": "{{ config(materialized='view') }} select * from {{ ref('a_table') }}",
    "stamped.sql": "{{ config(materialized='table') }} select *, now() as seen from {{ ref('stg') }}",
    "good.sql": FCT.replace("{{ source('shop', 'orders') }}", READS).replace(
        "> (select max(loaded_at)", ">= (select coalesce(max(loaded_at), '-infinity')"
    ),
    "wrong.sql": "{{ config(materialized='incremental') }} select order_id, seen from {{ ref('stamped') }}",
    "broken.sql": "{{ config(materialized='table') }}"
    " select case when order_id = 11 then error('no ' || order_id) end as x from {{ ref('base') }}",
    "behind.sql": "{{ config(materialized='incremental') }} select * from {{ ref('broken') }}",
    # A view of a table of one step, which dbt doesn't know of.
    "sly.sql": "select * from {{ target.schema }}.a_table -- {{ ref('base') }}",
    "by_sly.sql": "{{ config(materialized='incremental', unique_key='order_id') }}"
    " select * from {{ ref('sly') }} -- after {{ ref('a_table') }}",
    # A table over a source that doesn't arrive, and over a view of one that does.
    "still.sql": "{{ config(materialized='table') }} select * from {{ source('shop', 'names') }}",
    "of_still.sql": "{{ config(materialized='table') }} select * from {{ ref('by_name') }}",
    "by_name.sql": "select customer, name from {{ ref('still') }}",
    "seen.sql": "{{ config(materialized='table') }} select * from {{ source('shop', 'seen') }}",
    "named.sql": "{{ config(materialized='incremental') }} select order_id, by_name.name"
    " from {{ ref('seen') }} join {{ ref('by_name') }} as by_name using (customer)"
    " join {{ ref('of_still') }} using (customer)"
    "{% if is_incremental() %} where order_id > (select coalesce(max(order_id), -1) from {{ this }}){% endif %}",
}
DATA = (
    ORDERS
    + """
create table shop.names as select 'customer ' || i as customer, 'n' || i as name from range(3) t(i);
create view shop.seen as select order_id, customer from shop.orders;
"""
)


@pytest.mark.slow
def test_the_result_is_the_same_and_incremental_runs_build_less(make_project, monkeypatch):
    """Also in a state without a comparison, after a failure, and where runs are killed or repeated."""
    still = "\n      - name: names\n      - name: seen\n"
    project = make_project(MODELS, data=DATA, sources=SOURCES.rstrip() + still)
    options = {"schedules": ["arrival", "rerun", "empty", "gap"], "steps": 4, "jobs": 2}
    built = []
    original = Runs.run

    def run(self, world, state, warehouse, models, text, **given):
        read = {name for model in models for name in model.select} - set(given.get("there", ()))
        built.append((text.split(",")[0], state, {name.rpartition(".")[2] for name in read}))
        return original(self, world, state, warehouse, models, text, **given)

    monkeypatch.setattr(Runs, "run", run)
    lasting = []
    find_lasting = Sharing._find_lasting

    def found_lasting(self, *arguments):
        found = find_lasting(self, *arguments)
        lasting.extend(unique_id.rpartition(".")[2] for unique_id in found)
        return found

    monkeypatch.setattr(Sharing, "_find_lasting", found_lasting)
    found = as_json(project.verify(**options))
    refreshed = [names for text, state, names in built if text == "full refresh" and state < 4]
    arrival = [names for text, state, names in built if text == "arrival" and state < 4]
    everything = {
        *("base", "a_table", "stg", "stamped", "broken", "good", "wrong", "behind"),
        *("sly", "by_sly", "still", "of_still", "by_name", "seen", "named"),
    }
    same = {"base", "still", "of_still", "by_name"}
    # Of each step; the others look for chance. No step changes a view of a source, nor a table of
    # a source that doesn't arrive.
    assert refreshed[0] == everything
    assert refreshed.count(everything - same) == 2
    assert arrival == [{"stamped", "good", "wrong", "behind", "by_sly", "named"}] * 3
    assert set(lasting) == same
    # What failed in the refresh fails on this side, too.
    assert {"broken"} == next(
        names for text, state, names in built if (text, state) == ("arrival", 4)
    ) - arrival[0]

    monkeypatch.setattr(prepared, "shareable", lambda *_: {})
    built.clear()
    alone = as_json(project.verify(**options))
    assert all("base" in names for text, _, names in built if text == "arrival")
    for each in (found, alone):
        del each["timing"], each["ran_at"]
    assert json.loads(json.dumps(found)) == json.loads(json.dumps(alone))
    assert {m["name"]: m["verdict"] for m in found["models"]} == {
        "good": "agrees",
        "wrong": "differs",
        "behind": "differs",
        "by_sly": "agrees",
        "named": "agrees",
    }


def scans(nodes, parents, macros=None):
    """Return how many scans are behind each model that is shared."""
    manifest = {
        "nodes": {f"model.shop.{name}": {**n, "fqn": [name]} for name, n in nodes.items()},
        "macros": macros or {},
        "parent_map": {
            f"model.shop.{name}": [p if "." in p else f"model.shop.{p}" for p in read]
            for name, read in parents.items()
        },
    }
    found = shareable(manifest, manifest["nodes"])
    return {each.selector.removeprefix("fqn:"): each.scans for each in found.values()}


DEEP = {
    "stg": node(materialized="view"),
    "part": node(materialized="ephemeral"),
    "table": node(),
    "all": node(materialized="view"),
}
READ_BY_DEEP = {
    "stg": ["source.shop.a", "source.shop.b"],
    "part": ["stg", "table"],
    "table": ["stg"],
    "all": ["stg", "part", "seed.shop.c"],
}


def test_scans_are_counted_through_views_as_often_as_they_are_read():
    assert scans(DEEP, READ_BY_DEEP) == {"stg": 2, "table": 1, "all": 2 + 3 + 1}


@pytest.mark.parametrize("config", [{"contract": {"enforced": True}}, {"indexes": [{}]}])
def test_a_view_that_a_table_could_not_stand_for_counts_as_one(config):
    nodes = DEEP | {"all": node(materialized="view", **config)}
    assert scans(nodes, READ_BY_DEEP) == {"stg": 2, "table": 1, "all": 1}


def test_nothing_is_counted_where_the_project_builds_tables_its_own_way():
    own = {"macro.shop.materialization_table_duckdb": {}}
    dbts = {"macro.dbt.materialization_table_default": {}}
    assert set(scans(DEEP, READ_BY_DEEP, own).values()) == {1}
    assert scans(DEEP, READ_BY_DEEP, dbts)["all"] == 6


class FewRows:
    """A scratch that shares, in which these relations have few rows."""

    shares = True

    def __init__(self, *few, unlike=()):
        self.few, self.unlike = few, unlike

    def alike(self, built, warehouse, views):
        assert (built, warehouse) == ("warehouse", "probe")
        return frozenset(each for each in views if each.name not in self.unlike)

    def create(self, _):
        return "probe"

    def keep(self, built, warehouse, tables, selects, arriving):
        assert (built, warehouse, arriving) == ("warehouse", "probe", [])
        assert selects.keys() > set(tables)
        return {each: f"from kept.{each.name}" for each in tables if each.name == "kept"}

    def drop(self, warehouse):
        assert warehouse == "probe"

    def storable(self, _, relations, most):
        assert most > 1_000
        return frozenset(each for each in relations if each.name in self.few)


def refreshed(**ok):
    done = Future()
    nodes = {
        u: NodeResult(u, "success" if good else "error", "", 0.0, "") for u, good in ok.items()
    }
    done.set_result(Ran("warehouse", RunResult(nodes, 1.0)))
    return done


def sharing(*few):
    models = {
        name: Shareable(f"fqn:{name}", Relation("db", "main", name), scans)
        for name, scans in (("deep", 8), ("large", 20), ("plain", 7), ("broken", 9))
    }
    return Sharing(FewRows(*few), None, models, lasting=False)


def share(ours, done):
    return ours.of(None, 1, [MODEL], done)


MODEL = SimpleNamespace(select=["fqn:deep", "fqn:large", "fqn:plain", "fqn:broken"])


def test_views_with_many_scans_and_few_rows_are_stored_from_the_next_refresh_on():
    ours = sharing("deep", "plain", "broken")
    assert ours.stored == frozenset()
    done = refreshed(deep=True, large=True, plain=True, broken=False)
    assert set(share(ours, done).relations) == {"fqn:deep", "fqn:large", "fqn:plain"}
    assert ours.stored == {"deep"}


def test_a_view_that_grows_is_a_view_again():
    ours = sharing("deep")
    share(ours, refreshed(deep=True))
    ours._scratch.few = ()
    share(ours, refreshed(deep=True))
    assert ours.stored == frozenset()


def test_after_a_view_fails_as_a_table_none_is_stored_again():
    ours = sharing("deep")
    share(ours, refreshed(deep=True))
    stored = ours.stored
    assert not ours.fails(refreshed(deep=True, plain=False).result(), stored)
    assert ours.fails(refreshed(deep=False).result(), stored)
    share(ours, refreshed(deep=True))
    assert ours.stored == frozenset()


def test_a_lasting_view_is_built_alike_in_an_empty_warehouse_from_what_lasts():
    views = {"a": (), "b": ("a",), "table": None, "c": ("table",), "unlike": (), "d": ("unlike",)}
    views |= {"kept": None, "f": ("kept", "b")}
    models = {
        name: Shareable(
            f"fqn:{name}",
            Relation("db", "main", name),
            above=None if above is None else frozenset(above),
        )
        for name, above in {**views, "failed": (), "e": ("a", "failed")}.items()
    }
    runs = SimpleNamespace(numbered=lambda: "", reveal=lambda *_: None, lasting={}, arriving=[])
    ours = Sharing(FewRows(unlike=["unlike"]), runs, models, lasting=True)
    model = SimpleNamespace(select=[each.selector for each in models.values()])
    done = refreshed(**{name: name != "failed" for name in models})
    shared = ours.of(None, 1, [model], done)
    lasting = {"fqn:a", "fqn:b", "fqn:kept", "fqn:f"}
    assert shared.there == lasting
    assert [each.name for each in runs.lasting] == ["kept", "a", "b", "f"]
    assert set(shared.relations) == {"fqn:table", "fqn:c", "fqn:unlike", "fqn:d", "fqn:e"}
    assert ours.of(None, 2, [model], None).there == lasting


@pytest.mark.parametrize(
    ("more", "written", "kept"),
    [
        ("", (), {"still", "deep"}),
        ("create view shop.other as select now() as at", (), set()),
        ("create macro shop.drawn() as random()", (), set()),
        ("", ("names",), set()),  # hooks write to it
    ],
)
def test_tables_are_kept_that_no_source_and_no_clock_changes(
    tmp_path, scratch, more, written, kept
):
    project = write_project(tmp_path, scratch, {}, data=DATA + more)
    target = load_target(project.folder, profiles_dir=project.folder)
    made = DuckDBScratch(project.scratch / "kept", target, project.folder, 1)
    made.prepare(Contents(written=written))
    selects = {
        "still": "select * from shop.names",
        "between": "select * from still",
        "deep": "select * from between",
        "arrives": "select * from shop.orders",
        "by_view": "select * from shop.seen",
        "unknown": "select * from gone",
    }
    relations = {name: Relation("warehouse", "main", name) for name in selects}
    before = made.create("before")
    built = made.create("built")
    for name in ("still", "deep"):
        with duckdb.connect(str(built.files["warehouse"])) as connection:
            connection.execute(f"create table {name} as select 'what dbt built' as x")
    arriving = [Relation("warehouse", "SHOP", "Orders")]
    tables = [relations[name] for name in selects if name != "between"]
    given = {relations[name]: sql for name, sql in selects.items()}
    views = made.keep(built, made.create("keeps"), tables, given, arriving)
    assert {each.name for each in views} == kept
    made.drop(built)
    for warehouse in (before, made.create("after")):
        with duckdb.connect(str(warehouse.files["warehouse"])) as connection:
            connection.execute("create table still as select 1 as x")
        made.reveal(warehouse, views, datetime(2024, 1, 1, tzinfo=timezone.utc))
        profile = (warehouse.profiles / "profiles.yml").read_text()
        assert ("keeps" in profile) is bool(kept)
        with made._open(warehouse.profiles) as connection:
            for relation in views:
                assert rows(connection, f"from {relation}") == [("what dbt built",)]


PARTS = "\nunion all ".join(f"select * from {{{{ ref('part_{n}') }}}}" for n in range(8))
DEEP_MODELS = {
    **{
        f"part_{n}.sql": "select *, cast(case when order_id = 11 then error('no') end as int) as bad"
        f" from {{{{ source('shop', 'orders') }}}} where order_id % 8 = {n}"
        for n in range(8)
    },
    "deep.sql": PARTS,
    "fine.sql": PARTS.replace("select *", "select * exclude (bad)"),
    "good.sql": MODELS["good.sql"].replace("ref('stg')", "ref('fine')"),
    "other.sql": MODELS["good.sql"]
    .replace("select *", "select * exclude (bad)")
    .replace("ref('stg')", "ref('deep')"),
    "wrong.sql": "{{ config(materialized='incremental') }} select order_id from {{ ref('fine') }}",
}


@pytest.mark.slow
def test_stored_views_change_no_verdict_even_where_they_fail(make_project, monkeypatch):
    """`deep` can be read only without a column that its readers leave out."""
    project = make_project(DEEP_MODELS)
    options = {"schedules": ["arrival", "gap"], "steps": 4, "jobs": 2}
    given = []
    original = Runs.run

    def run(self, *arguments, **named):
        given.append({u.rpartition(".")[2] for u in named.get("stored", ())})
        if named.get("full_refresh"):
            # Nobody needs a scratch file after a power failure.
            assert all(
                text in (arguments[2].profiles / "profiles.yml").read_text() for text in UNSYNCED
            )
        return original(self, *arguments, **named)

    monkeypatch.setattr(Runs, "run", run)
    found = as_json(project.verify(**options))
    stored = [each for each in given if each]
    assert {"deep", "fine"} in stored
    monkeypatch.setattr(sharing_module, "_MANY_SCANS", 100)
    given.clear()
    alone = as_json(project.verify(**options))
    assert not any(given)
    for each in (found, alone):
        del each["timing"], each["ran_at"]
    assert json.loads(json.dumps(found)) == json.loads(json.dumps(alone))
    verdicts = {model["name"]: model["verdict"] for model in found["models"]}
    assert verdicts == {"good": "agrees", "other": "agrees", "wrong": "differs"}
