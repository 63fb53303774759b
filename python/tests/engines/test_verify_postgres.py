"""`entity-kit verify` on an embedded Postgres: the same verdicts as on DuckDB, and nothing touched."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap

import duckdb
import pytest

from entity_kit import DbtError, EntityKitError, verify
from support.waiting import PATIENCE, wait_until

pytestmark = pytest.mark.slow

# For both engines: ids 3 … are late by their event time, some attributes are NULL, two customers
# have names that need quotes.
SERIES = {"postgres": "generate_series(0, 39) as t(i)", "duckdb": "range(40) as t(i)"}
ORDERS = """
create schema "My Shop";
create table "My Shop"."Orders" as
select
    cast(i as integer) as order_id,
    case when i % 7 = 3 then null else 'O''Neill, "' || cast(i % 4 as varchar) || '"' end as customer,
    cast(i * 1.5 as decimal(10, 2)) as amount,
    case when i % 5 = 0 then null else i % 3 = 0 end as "Is Gift",
    timestamp '2024-03-30 05:00:00' + i * interval '3 hours'
        - case when i % 11 = 4 then interval '30 hours' else interval '0 hours' end as "Ordered At",
    cast(timestamp '2024-03-30 06:00:00' + i * interval '3 hours' as timestamptz) as loaded_at
from {series};
create schema ref;
create table ref.stores as
select cast(i as integer) as store_id, 'store ' || cast(i as varchar) as name from {series}
"""
SOURCES = """
sources:
  - name: shop
    schema: My Shop
    tables:
      - name: orders
        identifier: Orders
        config:
          loaded_at_field: loaded_at
          event_time: Ordered At
          meta:
            entity_kit:
              row_key: [order_id]
              delivery:
                {late_by: {days: 2}, updates: true, deletes: hard, redelivers: true, split_batches: true}
  - name: ref
    tables:
      - name: stores
"""
RIGHT = {
    # Every row again from the source: right under whatever happens.
    "whole.sql": """
        {{ config(materialized='incremental', pre_hook="{% if is_incremental() %}delete from {{ this }}{% endif %}") }}
        select * from {{ source('shop', 'orders') }}
    """,
}
BY_MACRO = {
    "customers.sql": """
        {{ entity_kit.entity_model(
            source=ref('arrived'), business_key='customer', loaded_at='loaded_at',
            updated_at='ordered_at', attributes=['is_gift'],
            metrics=[{'name': 'spent', 'calculation': 'sum(amount)', 'description': 'd'}],
            row_key='order_id', lookback_interval={'days': 3}) }}
    """,
    "history.sql": """
        {{ entity_kit.scd2_history(
            changes=ref('arrived'), business_key='customer', changed_at='ordered_at',
            loaded_at='loaded_at', tracked_columns=['amount', 'is_gift'], sequence='order_id',
            lookback_interval={'days': 3}) }}
    """,
    "days.sql": """
        {{ entity_kit.grain_table(
            grain='day', business_key='customer', events=ref('arrived'), occurred_at='ordered_at',
            loaded_at='loaded_at', row_key='order_id',
            measures=[{'name': 'spent', 'calculation': 'sum(amount)'}],
            lookback_interval={'days': 3}) }}
    """,
    "touched.sql": """
        {{ config(materialized='incremental', unique_key='customer_key') }}
        select coalesce(customer, '') as customer_key, sum(amount) as spent, avg(amount) as mean,
            max(loaded_at) as loaded_at
        from {{ ref('arrived') }}
        where {{ entity_kit.touched_filter(['customer'], {'relation': ref('arrived'), 'loaded_at': 'loaded_at'}) }}
        group by 1
    """,
}
WRONG = {
    "by_event_time.sql": """
        {{ config(materialized='incremental', unique_key='order_id') }}
        select * from {{ ref('arrived') }}
        {% if is_incremental() %}
        where ordered_at > (select max(ordered_at) - interval '3 hours' from {{ this }})
        {% endif %}
    """,
    "strictly_later.sql": """
        {{ config(materialized='incremental') }}
        select *, date_trunc('day', loaded_at) as day from {{ ref('arrived') }}
        {% if is_incremental() %}
        where date_trunc('day', loaded_at) > (select max(day) from {{ this }})
        {% endif %}
    """,
    "last_batch.sql": """
        {{ config(materialized='incremental', unique_key='customer') }}
        select coalesce(customer, '') as customer, sum(amount) as spent, avg(amount) as mean,
            max(loaded_at) as loaded_at
        from {{ ref('arrived') }}
        {% if is_incremental() %} where loaded_at > (select max(loaded_at) from {{ this }}) {% endif %}
        group by 1
    """,
    "by_clock.sql": """
        {{ config(materialized='incremental', unique_key='order_id') }}
        select o.order_id, o.loaded_at, current_timestamp as seen_at, s.name
        from {{ ref('arrived') }} as o left join {{ source('ref', 'stores') }} as s on s.store_id = o.order_id
        {% if is_incremental() %} where loaded_at > (select max(loaded_at) from {{ this }}) {% endif %}
    """,
}
ARRIVED = """
    {{ config(materialized='view', schema='Staging Area') }}
    select order_id, customer, amount, "Is Gift" as is_gift, "Ordered At" as ordered_at, loaded_at
    from {{ source('shop', 'orders') }}
"""


def models(texts):
    found = {f"models/{name}": textwrap.dedent(text) for name, text in texts.items()}
    return {**found, "models/sources.yml": SOURCES}


def told(result):
    """Return a result's verdicts and counts for each model and schedule."""
    return {
        (model.name, each.schedule): (
            each.verdict.value,
            each.failure and each.failure.message,
            each.cause and each.cause.name,
            each.divergence and each.divergence.number,
            [
                (s.number, c.only_incremental, c.only_full_refresh, c.changed)
                for s in each.steps
                for c in [s.comparison]
            ],
        )
        for model in result.models
        for each in model.schedules
    }


def tell(database, statement):
    database.execute(statement.format(series=SERIES["postgres"]))
    return database


@pytest.fixture(scope="module")
def both(make_database, write_target, tmp_path_factory):
    """Verify one project on the two engines: all models, and three of them thoroughly.

    Gives the results of each, and what was in the database before and after.
    """
    database = tell(make_database(), ORDERS)
    file = tmp_path_factory.mktemp("duck") / "shop.duckdb"
    with duckdb.connect(str(file)) as connection:
        connection.execute("set TimeZone = 'Etc/UTC'")
        connection.execute(ORDERS.format(series=SERIES["duckdb"]))
    duck = {"type": "duckdb", "path": str(file), "threads": 2}
    folder = write_target(
        {"postgres": database.output, "duckdb": duck},
        models({**RIGHT, **BY_MACRO, **WRONG, "arrived.sql": ARRIVED}),
        package=True,
    )
    before = database.state()
    results = {}
    for name in ("postgres", "duckdb"):
        every = verify(folder, target=name, steps=3, schedules=["arrival"])
        thorough = verify(folder, target=name, steps=3, select=["whole", "last_batch"])
        results[name] = (every, thorough)
    return results, before, database.state()


class TestTheSameAsOnDuckDB:
    @pytest.mark.parametrize("which", [0, 1])
    def test_every_verdict_cause_and_count(self, both, which):
        postgres, duck = (told(both[0][name][which]) for name in ("postgres", "duckdb"))
        assert postgres == duck

    def test_right_models_agree(self, both):
        wrong = {model.name for model in both[0]["postgres"][0].models if not model.verdict.agrees}
        assert {f"{name}.sql" for name in wrong} == set(WRONG)

    def test_wrong_models_differ_with_their_causes(self, both):
        causes = {
            model.name: model.schedules[0].cause and model.schedules[0].cause.name
            for model in both[0]["postgres"][0].models
            if model.name + ".sql" in WRONG
        }
        assert causes == {
            "by_event_time": "late-arrival",
            "strictly_later": "boundary-tie",
            "last_batch": "partial-group",
            "by_clock": "clock",
        }

    def test_under_all_schedules(self, both):
        found = {model.name: model for model in both[0]["postgres"][1].models}
        assert [each.schedule for each in found["whole"].schedules] == [
            *("arrival", "rerun", "empty", "gap", "late", "updates", "deletes", "redelivers"),
            *("split_batches", "storm"),
        ]
        assert found["whole"].verdict.agrees

    def test_nothing_of_the_user_changed_and_nothing_is_left(self, both):
        _, before, after = both
        assert after == before


ALL_TYPES = r"""
create schema raw;
create type raw.mood as enum ('glad', 'it''s "so"');
create domain raw.positive as integer check (value > 0);
create table raw.everything as
select
    i as "An odd, näme %s",
    jsonb_build_object('n', i, 'text', E'it''s\n"so"', 'deep', jsonb_build_array(1.50, null)) as doc,
    json_build_object('b', 1, 'a', '\N') as plain_json,
    array[i, null, 3] as numbers,
    array[array['a,b', 'NULL'], array['"', null]] as texts,
    i * 1.10 + 0.000 as loose,
    (i || '.1234567890123456789012345678901234567890')::numeric as wide,
    (i * 1.1)::numeric(10, 2) as price,
    'NaN'::numeric as no_number,
    (case when i = 2 then 'NaN' when i = 3 then '-Infinity' else '0.1' end)::float8 as measured,
    0.1::float4 as small,
    int4range(i, i + 2) as span,
    tstzrange('2024-01-01 00:00+02', null) as period,
    'it''s "so"'::raw.mood as mood,
    (i + 1)::raw.positive as positive,
    md5(i::text)::uuid as uid,
    decode('00ff' || lpad(to_hex(i), 2, '0'), 'hex') as bytes,
    make_interval(months => i, days => 3, secs => 1.5) as pause,
    '24:00:00'::time as midnight,
    '10:00:00+05:30'::timetz as zoned_time,
    'infinity'::timestamptz as forever,
    date '2024-02-29' + i as day,
    case i % 4 when 0 then null when 1 then '' when 2 then E'\\N' else E'a,"b"\r\n\tc\\' end as text,
    'x'::char(4) as padded,
    'key ' || i as "Key",
    ('k' || i)::varchar(3) as tight,
    '127.0.0.1'::inet as address,
    row(1, 'a') :: text as composed,
    null::jsonb as nothing,
    timestamptz '2024-03-30 22:00:00+01' + i * interval '1 hour' as "Loaded At"
from generate_series(0, 9) as t(i)
"""
TYPE_SOURCES = """
sources:
  - name: raw
    tables:
      - name: everything
        config:
          loaded_at_field: '"Loaded At" + interval ''0 hours'''
          meta: {entity_kit: {row_key: [tight], delivery: {deletes: hard, split_batches: true}}}
"""
# Fails where a row isn't, as text, what the user's own table holds.
EXACT = """
{{ config(materialized='incremental', unique_key='"Key"') }}
select *, pg_typeof(tight) as kind,
    1 / (select count(*) from raw.everything as own where own::text = shown::text) as is_there
from {{ source('raw', 'everything') }} as shown
{% if is_incremental() %}
where "Loaded At" >= (select max("Loaded At") from {{ this }})
{% endif %}
"""
GROWING = """
{{ config(materialized='incremental', unique_key='day', on_schema_change='append_new_columns') }}
select day, count(*) as n, sum(loose) as total,
    {% if is_incremental() %} 'b'::varchar(20) {% else %} 'b'::varchar(10) {% endif %} as letter,
    jsonb_agg(doc order by day) as docs, max("Loaded At") as loaded_at
from {{ source('raw', 'everything') }}
group by day
"""


@pytest.fixture(scope="module")
def typed(make_database, write_target):
    database = make_database(ALL_TYPES)
    database.execute(f"alter database \"{database.name}\" set timezone = 'Europe/Berlin'")
    folder = write_target(
        {"dev": database.output},
        {
            "models/exact.sql": EXACT,
            "models/growing.sql": GROWING,
            "models/sources.yml": TYPE_SOURCES,
        },
    )
    before = database.state()
    result = verify(folder, steps=3, schedules=["arrival", "empty", "deletes"])
    assert database.state() == before
    return {model.name: model for model in result.models}


class TestTypes:
    def test_every_value_reaches_the_models_as_it_is(self, typed):
        arrival, empty, deletes = typed["exact"].schedules
        assert (arrival.failure, arrival.verdict.value) == (None, "agrees")
        assert (empty.failure, empty.divergence.number) == (None, 1)  # a NULL watermark
        assert deletes.cause.name == "missed-delete"

    def test_a_change_of_a_declared_type_shows(self, typed):
        step = typed["growing"].schedules[0].divergence
        assert (step.number, step.schema_changes) == (
            2,
            ("letter: character varying(20) → character varying(10)",),
        )

    def test_numbers_without_a_declared_type_are_numbers(self, typed):
        assert all(not s.comparison.changed for s in typed["growing"].schedules[0].steps)


LOG = """
create schema audit; create table audit.runs (who text); create sequence audit.numbers;
create function audit.note(who text) returns int language sql as
    $$ insert into audit.runs values (who); select 1 $$;
create function audit.twice(x int) returns int language sql as $$ select x * 2 $$;
"""
PLAIN = """
{{ config(materialized='incremental', unique_key='order_id') }}
select order_id, loaded_at from {{ source('shop', 'orders') }}
"""


def hooked(kind, sql):
    return PLAIN.replace("'order_id')", f"'order_id', {kind}=\"{sql}\")")


@pytest.fixture(scope="module")
def outcome(make_database, write_target):
    database = tell(make_database(LOG), ORDERS)
    database.execute("create schema analytics; create table analytics.log (who text)")
    folder = write_target(
        {"dev": database.output},
        models(
            {
                "fine.sql": PLAIN.replace("order_id,", "order_id, audit.twice(order_id) as x,"),
                "log.sql": "{{ config(materialized='table') }} select 'a'::text as who",
                "by_hook.sql": hooked("post_hook", "insert into audit.runs values ('post')"),
                "by_sequence.sql": PLAIN.replace(
                    "order_id,", "order_id, nextval('audit.numbers') as n,"
                ),
                "by_function.sql": PLAIN.replace("order_id,", "order_id, audit.note('x') as n,"),
                "by_source.sql": hooked("pre_hook", "delete from {{ source('shop', 'orders') }}"),
                "to_a_model.sql": hooked("post_hook", "insert into {{ ref('log') }} values ('x')"),
            }
        ),
        **{"on-run-start": "insert into audit.runs values ('start')"},
    )
    before = database.state()
    result = verify(folder, steps=2, schedules=["arrival"])
    assert database.state() == before
    return result


class TestWhatWouldWrite:
    def test_a_hook_of_the_run_is_left_out_and_that_is_said(self, outcome):
        (note,) = outcome.notes
        assert note == (
            "Hook consumer-on-run-start-0 was skipped: it would write to audit.runs, outside the "
            "scratch schemas."
        )

    @pytest.mark.parametrize(
        ("model", "what"),
        [
            ("by_hook", "it would write to audit.runs, outside the scratch schemas"),
            ("by_sequence", "it would call nextval(), which writes"),
            ("by_function", "it would call note(), which writes"),
            ("by_source", "cannot delete from view"),
        ],
    )
    def test_a_model_that_would_write_elsewhere_fails(self, outcome, model, what):
        failure = next(m for m in outcome.models if m.name == model).schedules[0].failure
        assert what in failure.message

    def test_what_only_reads_or_writes_to_scratch_runs(self, outcome):
        fine = {m.name for m in outcome.models if m.verdict.value == "agrees"}
        assert fine == {"fine", "to_a_model"}


BAD_SEED = "seeds: [{name: bad, config: {column_types: {a: integer}}}]"
SLEEPY = """
{{ config(materialized='incremental', unique_key='order_id') }}
select order_id, loaded_at, pg_sleep(3600) is null as x from {{ source('shop', 'orders') }} limit 1
"""


class TestEnding:
    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_a_signal_leaves_nothing(self, make_database, write_target, number):
        database = tell(make_database(), ORDERS)
        folder = write_target({"dev": database.output}, models({"sleepy.sql": SLEEPY}))
        before = database.state()
        process = subprocess.Popen(
            [sys.executable, "-m", "entity_kit", "verify", "--project-dir", str(folder)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, "TMPDIR": str(folder.parent)},
            text=True,
        )
        asleep = "select 1 from pg_stat_activity where query like '%pg_sleep(3600)%' and state = 'active' and pid <> pg_backend_pid()"
        try:
            wait_until(lambda: database.query(asleep) or process.poll() is not None, "it sleeps")
            process.send_signal(number)
            output, _ = process.communicate(timeout=PATIENCE)
        finally:
            process.kill()
        assert process.returncode != 0, output
        assert database.state() == before
        assert [path.name for path in folder.parent.iterdir()] == ["project"]

    def test_a_failing_run_leaves_nothing(self, make_database, write_target):
        database = tell(make_database(), ORDERS)
        folder = write_target(
            {"dev": database.output},
            models(
                {"broken.sql": PLAIN.replace("order_id,", "order_id, 1 / (39 - order_id) as x,")}
            ),
        )
        before = database.state()
        result = verify(folder, steps=2, schedules=["arrival"])
        assert "division by zero" in result.models[0].schedules[0].failure.message
        files = models({"from_seed.sql": PLAIN + "-- {{ ref('bad') }}"})
        files |= {"seeds/bad.csv": "a\nx\n", "seeds/seeds.yml": BAD_SEED}
        with pytest.raises(DbtError, match="Seed bad failed"):
            verify(write_target({"dev": database.output}, files))
        assert database.state() == before


@pytest.fixture(scope="module")
def shop(make_database, write_target):
    database = tell(make_database(), ORDERS)

    def refused(files=None, output=None, **options):
        target = {**database.output, **(output or {})}
        folder = write_target({"dev": target}, files or models({"plain.sql": PLAIN}))
        before = database.state()
        with pytest.raises(EntityKitError) as caught:
            verify(folder, **options)
        assert database.state() == before
        return str(caught.value)

    return database, refused


class TestRefusals:
    def test_of_an_executable(self, shop):
        assert shop[1](dbt="dbt").endswith("Omit --dbt.")

    def test_of_killed_runs(self, shop):
        assert shop[1](schedules=["arrival", "crash"]) == (
            "The schedule `crash` kills runs at random moments; it is supported on DuckDB only.\n"
            "Omit crash, or name a duckdb target with --target."
        )

    def test_without_the_adapter(self, shop, monkeypatch):
        monkeypatch.setitem(sys.modules, "dbt.adapters.postgres", None)
        assert shop[1]() == (
            "The target is of type postgres, and dbt-postgres is not installed.\n"
            "pip install dbt-postgres"
        )

    def test_of_a_server_that_is_not_there(self, shop, tmp_path):
        text = shop[1](output={"host": str(tmp_path)})
        assert text.startswith("Can't reach the postgres server: ")
        assert text.endswith("correct host, port, dbname, user, and password in the profile.")

    def test_of_a_role_that_may_not_create_schemas(self, shop):
        database, refused = shop
        database.execute('create role "Reader" login; grant usage on schema "My Shop" to "Reader"')
        assert refused(output={"user": "Reader"}) == (
            f"The role Reader may not create schemas in the database {database.name}; verify runs "
            "the models in its own schemas.\n"
            f'grant create on database "{database.name}" to "Reader"'
        )

    def test_of_a_source_that_is_not_there(self, shop):
        files = models({"plain.sql": PLAIN})
        files["models/sources.yml"] = SOURCES.replace("identifier: Orders", "identifier: None")
        assert "Source shop.orders can't be read: there is no " in shop[1](files)

    def test_of_columns_that_only_case_tells_apart(self, shop):
        text = PLAIN.replace("order_id,", 'order_id, 1 as "A", 2 as a,')
        assert "doesn't distinguish names by case" in shop[1](models({"plain.sql": text}))
