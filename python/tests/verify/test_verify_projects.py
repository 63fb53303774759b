"""`verify` on projects of many shapes: what is between sources and models, and where it is stored."""

from __future__ import annotations

import textwrap

import duckdb
import pytest

from support.verify_project import FCT, ORDERS, SOURCES

pytestmark = pytest.mark.slow

# Right, whatever the orders come through: each order is read when it arrives, and never changes.
FROM = """
{{{{ config(materialized='incremental', unique_key='order_id') }}}}
select order_id, customer, amount, loaded_at from {relation}
{{% if is_incremental() %}}
where loaded_at > (select max(loaded_at) from {{{{ this }}}})
{{% endif %}}
"""

# Wrong: a customer's total is replaced by the total of their newest orders.
TOTALS = """
{{{{ config(materialized='incremental', unique_key='customer') }}}}
select customer, sum(amount) as total, max(loaded_at) as loaded_at from {relation}
{{% if is_incremental() %}}
where loaded_at > (select max(loaded_at) from {{{{ this }}}})
{{% endif %}}
group by customer
"""


def reading(relation: str, sql: str = FROM) -> str:
    return sql.format(relation="{{ " + relation + " }}")


def test_views_tables_ephemeral_python_and_incremental_models_in_between(make_project):
    project = make_project(
        {
            "a_view.sql": "{{ config(materialized='view') }} select * from {{ source('shop', 'orders') }}",
            "a_table.sql": "{{ config(materialized='table') }} select * from {{ ref('a_view') }}",
            "an_ephemeral.sql": "{{ config(materialized='ephemeral') }} select * from {{ ref('a_table') }}",
            "a_python.py": textwrap.dedent("""
                def model(dbt, session):
                    dbt.config(materialized="table")
                    return dbt.ref("a_table").filter("amount >= 0")
            """),
            "an_incremental_python.py": textwrap.dedent("""
                def model(dbt, session):
                    dbt.config(materialized="incremental", unique_key="order_id")
                    orders = dbt.ref("a_view")
                    if dbt.is_incremental:
                        [(last,)] = session.sql(f"select max(order_id) from {dbt.this}").fetchall()
                        orders = orders.filter(f"order_id > {last}")
                    return orders
            """),
            "a_disabled.sql": "{{ config(enabled=false) }} select nothing from nowhere",
            "from_view.sql": reading("ref('a_view')"),
            "from_ephemeral.sql": reading("ref('an_ephemeral')"),
            "from_python.sql": reading("ref('a_python')"),
            "from_incremental.sql": reading("ref('from_ephemeral')"),
            "totals_from_python.sql": reading("ref('a_python')", TOTALS),
            "totals_from_incremental.sql": reading("ref('from_incremental')", TOTALS),
        }
    )
    assert project.verdicts() == {
        "an_incremental_python": "agrees",
        "from_view": "agrees",
        "from_ephemeral": "agrees",
        "from_python": "agrees",
        "from_incremental": "agrees",
        "totals_from_python": "differs",
        "totals_from_incremental": "differs",
    }


def test_several_schemas_and_attached_databases(make_project, tmp_path):
    project = make_project(
        {
            "here.sql": reading("source('shop', 'orders')"),
            "there.sql": "{{ config(database='other', schema='out') }}"
            + reading("source('there', 'orders')"),
            "spaced.sql": reading("source('spaced', 'my orders')"),
            "joined.sql": """
                {{ config(materialized='incremental', unique_key='order_id') }}
                select order_id, a.customer, a.amount + b.amount + c.amount as amount, a.loaded_at
                from {{ ref('here') }} as a
                join {{ ref('there') }} as b using (order_id)
                join {{ ref('spaced') }} as c using (order_id)
                {% if is_incremental() %}
                where a.loaded_at > (select max(loaded_at) from {{ this }})
                {% endif %}
            """,
            "totals.sql": "{{ config(database='my data', schema='A b') }}"
            + reading("ref('joined')", TOTALS),
        },
        sources=SOURCES
        + """
  - name: there
    database: other
    schema: Raw Data
    tables:
      - name: orders
        config: {loaded_at_field: loaded_at}
  - name: spaced
    database: my data
    schema: main
    tables:
      - name: my orders
        config: {loaded_at_field: loaded_at}
""",
        output={
            "attach": [
                {"path": "../attached/o.t.h.e.r.duckdb", "alias": "other"},
                {"path": str(tmp_path / "attached" / "my data.duckdb")},
            ]
        },
    )
    (tmp_path / "attached").mkdir()
    for name, table in (
        ("o.t.h.e.r", 'create schema "Raw Data"; create table "Raw Data".orders'),
        ("my data", 'create table "my orders"'),
    ):
        file = tmp_path / "attached" / f"{name}.duckdb"
        project.files.append(file)
        with duckdb.connect(str(file)) as connection:
            connection.execute(f"attach '{project.warehouse}' as w (read_only)")
            connection.execute(f"{table} as select * from w.shop.orders")
    assert project.verdicts() == {
        "here": "agrees",
        "there": "agrees",
        "spaced": "agrees",
        "joined": "agrees",
        "totals": "differs",
    }


def test_a_relative_path_is_relative_to_the_project(make_project):
    project = make_project(warehouse="project/data/warehouse.duckdb")
    project.write(
        {
            "profiles.yml": """
                consumer:
                  target: dev
                  outputs: {dev: {type: duckdb, path: data/warehouse.duckdb}}
            """
        }
    )
    assert project.verdicts() == {"fct": "agrees"}


def test_in_memory_with_everything_attached(make_project):
    project = make_project(
        sources="sources: [{name: shop, database: raw, tables: [{name: orders, config: "
        "{loaded_at_field: loaded_at}}]}]",
    )
    project.write(
        {
            "profiles.yml": f"""
                consumer:
                  target: dev
                  outputs:
                    dev:
                      type: duckdb
                      path: ':memory:'
                      database: raw
                      attach: [{{path: '{project.warehouse}', alias: raw}}]
            """
        }
    )
    assert project.verdicts() == {"fct": "agrees"}


def test_seeds_as_parents_and_as_sources_of_arrival(make_project):
    events = "event_id,country,loaded_at\n" + "".join(
        f"{i},{'AT' if i % 2 else 'DE'},2024-01-0{1 + i % 3} 00:00:00\n" for i in range(9)
    )
    project = make_project(
        {
            "events_named.sql": """
                {{ config(materialized='incremental', unique_key='event_id') }}
                select event_id, name, loaded_at
                from {{ ref('events') }} join {{ ref('countries') }} using (country)
                {% if is_incremental() %}
                where loaded_at > (select max(loaded_at) from {{ this }})
                {% endif %}
            """,
            "totals.sql": """
                {{ config(materialized='incremental', unique_key='country') }}
                select country, count(*) as events, max(loaded_at) as loaded_at
                from {{ ref('events') }}
                {% if is_incremental() %}
                where loaded_at > (select max(loaded_at) from {{ this }})
                {% endif %}
                group by country
            """,
        },
        data="create table nothing(x int)",
        sources="",
        files={
            "seeds/countries.csv": "country,name\nAT,Austria\nDE,Germany\n",
            "seeds/events.csv": events,
            "seeds/seeds.yml": """
                seeds:
                  - name: events
                    config:
                      schema: Loaded Seeds
                      event_time: loaded_at
                      meta: {entity_kit: {loaded_at_field: loaded_at}}
            """,
        },
    )
    assert project.verdicts() == {"events_named": "agrees", "totals": "differs"}


def test_seeds_in_an_attached_database(make_project, tmp_path):
    project = make_project(
        {
            "named.sql": """
                {{ config(materialized='incremental', unique_key='order_id') }}
                select order_id, name, loaded_at
                from {{ source('shop', 'orders') }}
                join {{ ref('customers') }} using (customer) join {{ ref('other') }} using (customer)
                {% if is_incremental() %}
                where loaded_at > (select max(loaded_at) from {{ this }})
                {% endif %}
            """
        },
        files={
            "seeds/customers.csv": "customer,name\ncustomer 0,Ann\ncustomer 1,Bob\ncustomer 2,Cy\n",
            "seeds/other.csv": "customer\ncustomer 0\ncustomer 1\n",
        },
        project={"seeds": {"consumer": {"customers": {"+database": "attached"}}}},
        output={"attach": [{"path": str(tmp_path / "attached.duckdb")}]},
    )
    duckdb.connect(str(tmp_path / "attached.duckdb")).close()
    project.files.append(tmp_path / "attached.duckdb")
    result = project.verify()
    assert [(model.name, model.verdict.value) for model in result.models] == [("named", "agrees")]


def test_a_snapshot_upstream_stays_as_it_is(make_project):
    project = make_project(
        {
            "fct.sql": """
                {{ config(materialized='incremental', unique_key='order_id') }}
                select order_id, grade, loaded_at
                from {{ source('shop', 'orders') }} join {{ ref('customers') }} using (customer)
                {% if is_incremental() %}
                where loaded_at > (select max(loaded_at) from {{ this }})
                {% endif %}
            """
        },
        data=ORDERS + "create schema snapshots; create table snapshots.customers as "
        "select distinct customer, 'good' as grade from shop.orders;",
        files={
            "snapshots/customers.sql": """
                {% snapshot customers %}
                {{ config(schema='snapshots', unique_key='customer', strategy='check',
                          check_cols=['amount']) }}
                select customer, amount from {{ source('shop', 'orders') }}
                {% endsnapshot %}
            """,
            "macros/schema.sql": "{% macro generate_schema_name(name, node) %}"
            "{{ name or target.schema }}{% endmacro %}",
        },
    )
    result = project.verify()
    assert [(model.name, model.verdict.value) for model in result.models] == [("fct", "agrees")]
    assert result.left_out == (
        ("customers", "a snapshot isn't replayed; its table in the warehouse is read as it is"),
    )

    with duckdb.connect(str(project.warehouse)) as connection:
        connection.execute("drop table snapshots.customers")
    result = project.verify()
    assert [model.verdict.value for model in result.models] == ["failed"]
    assert result.left_out == (
        (
            "customers",
            "a snapshot that isn't in the warehouse yet; models that read it fail until `dbt snapshot` has run",
        ),
    )


def test_names_that_the_project_generates_and_variables(make_project):
    project = make_project(
        {
            "marts/fct.sql": "{{ config(alias='Über ' ~ var('suffix')) }}" + FCT,
            "marts/totals.sql": reading("ref('fct')", TOTALS)
            + "{% if var('large') %} having sum(amount) > {{ var('large') }} {% endif %}",
        },
        files={
            "macros/schema.sql": "{% macro generate_schema_name(name, node) %}"
            "{{ var('suffix') }} {{ name or 'none' }}{% endmacro %}",
        },
        project={
            "models": {"consumer": {"marts": {"+schema": "marts"}}},
            "vars": {"suffix": "s", "large": 0},
        },
    )
    assert project.verdicts() == {"fct": "agrees", "totals": "differs"}
    result = project.verify(variables={"suffix": "é x", "large": 1000})
    assert {m.name: m.verdict.value for m in result.models} == {"fct": "agrees", "totals": "agrees"}


def test_hooks_that_write_to_the_target(make_project):
    """Tables that dbt doesn't build: recreated by hooks, or left from earlier runs."""
    project = make_project(
        {
            "fct.sql": "{{ config(pre_hook=\"insert into audit.models values ('{{ this.name }}')\","
            "post_hook=['update audit.models set name = name', log_it(this)]) }}" + FCT,
        },
        data=ORDERS
        + """
            create schema audit;
            create sequence audit.run_numbers;
            create table audit.runs (
                number bigint default nextval('audit.run_numbers') primary key, what varchar not null
            );
            insert into audit.runs (what) values ('before');
            create table audit.models (name varchar);
            create table audit.seen as select 'fct' as model, 12 as seen;
        """,
        files={
            "macros/log.sql": """
                {% macro log_it(relation) %}
                    delete from {{ target.database }}.audit.seen where model = '{{ relation.name }}';
                    insert into {{ target.database }}.audit.seen
                    select '{{ relation.name }}', count(*) from {{ relation }}
                {% endmacro %}
            """
        },
        project={
            "on-run-start": [
                "create schema if not exists audit",
                "create table if not exists audit.runs (number bigint, what varchar)",
                "create table if not exists audit.later (what varchar)",
                "create or replace table audit.replaced as select 1 as x",
            ],
            "on-run-end": [
                "insert into audit.runs (what) values ('{{ results | length }} results')",
                "insert into audit.later select what from audit.runs",
            ],
        },
    )
    assert project.verdicts() == {"fct": "agrees"}


def test_a_table_that_a_hook_writes_to_is_built_where_the_warehouse_lacks_it(make_project):
    # By a macro, so that dbt ends with an error and not with a failed hook.
    project = make_project(
        {
            "fct.sql": FCT,
            "results.sql": "{{ config(materialized='incremental') }} select 'none' as status where false",
        },
        project={"on-run-end": ["-- depends_on: {{ ref('results') }}\n{{ log_results(results) }}"]},
        files={
            "macros/log.sql": """
                {% macro log_results(results) %}
                {% if execute %}
                {% do run_query("insert into " ~ ref('results') ~ " values ('" ~ results | length ~ " ran')") %}
                {% endif %}
                {% endmacro %}
            """
        },
    )
    found = project.verdicts(select=["fct"], schedules=["arrival"])
    assert found == {"fct": "agrees"}


def test_a_key_is_counted_where_the_sides_have_other_columns(make_project):
    added = FCT.replace(
        "unique_key='order_id'", "unique_key='order_id', on_schema_change='append_new_columns'"
    )
    added = added.replace(
        "select *", "select * exclude ({{ 'ordered_at' if is_incremental() else 'amount' }})"
    )
    assert make_project({"fct.sql": added}).verdicts(schedules=["arrival"]) == {"fct": "differs"}


def test_packages_with_models(make_project):
    project = make_project(
        {"fct.sql": reading("ref('package', 'stg_orders')")},
        files={
            "package/dbt_project.yml": "{name: package, version: '1.0', config-version: 2}",
            "package/models/stg_orders.sql": "select * from {{ source('shop', 'orders') }}",
            "package/models/package_totals.sql": reading("ref('stg_orders')", TOTALS),
            "packages.yml": "packages: [{local: package}]",
        },
    )
    packages = project.folder / "dbt_packages"
    packages.mkdir()
    (packages / "package").symlink_to(project.folder / "package", target_is_directory=True)
    assert project.verdicts() == {"fct": "agrees", "package_totals": "differs"}


SELECTIONS = [
    (["fct"], [], {"fct"}),
    (["stg+"], [], {"fct", "fct_daily", "totals"}),
    (["+totals"], [], {"fct", "totals"}),
    (["tag:daily"], [], {"fct_daily"}),
    (["path:models/marts"], [], {"fct_daily", "totals"}),
    (["models/marts/totals.sql"], [], {"totals"}),
    (["fct*"], ["tag:daily"], {"fct"}),
    ([], ["totals", "tag:daily"], {"fct"}),
    (["stg+,tag:daily"], [], {"fct_daily"}),
    (["source:shop+"], ["config.materialized:view", "fct_daily"], {"fct", "totals"}),
]


def test_selection_is_dbts_own(make_project):
    """Only the selected models are verified; what they are built from is still built."""
    from entity_kit.dbt_bridge.project import Project, make_runner

    project = make_project(
        {
            "stg.sql": "select * from {{ source('shop', 'orders') }}",
            "fct.sql": reading("ref('stg')"),
            "marts/totals.sql": reading("ref('fct')", TOTALS),
            "marts/fct_daily.sql": "{{ config(tags=['daily']) }}" + reading("ref('stg')"),
        }
    )
    runner = make_runner(Project(project.folder, project.scratch / "dbt", "consumer", "dev"))
    runner.parse(project.folder)
    for select, exclude, expected in SELECTIONS:
        chosen = runner.select(project.folder, select, exclude)
        names = {unique_id.split(".")[-1] for unique_id in chosen} - {"stg"}
        assert names == expected, (select, exclude)
    runner.stop()
    import shutil

    shutil.rmtree(project.scratch / "dbt")
    assert project.verdicts(select=["marts"], exclude=["tag:daily"]) == {"totals": "differs"}


def test_a_path_with_spaces_quotes_and_unicode(make_project, monkeypatch, tmp_path):
    import tempfile

    strange = tmp_path / "tmp" / "Bob's “temp” 文件"
    strange.mkdir()
    project = make_project(folder="Bobs “projekt” 文件 {x}", warehouse="it's/Å warehouse.v1.duckdb")
    project.scratch = strange
    monkeypatch.setattr(tempfile, "tempdir", str(strange))
    # Not Bob's: dbt-duckdb can't load a seed from below such a folder.
    project.write(
        {
            "seeds/a.csv": "x\n1\n",
            "models/b.sql": FCT.replace("{{ source", "{{ ref('a') }}, {{ source"),
        }
    )
    assert project.verdicts() == {"fct": "agrees", "b": "agrees"}


def test_the_profile_in_the_home_folder(make_project, tmp_path):
    project = make_project()
    (tmp_path / "home" / ".dbt").mkdir()
    (project.folder / "profiles.yml").rename(tmp_path / "home" / ".dbt" / "profiles.yml")
    assert project.verdicts() == {"fct": "agrees"}
