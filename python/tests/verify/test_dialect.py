"""`--dialect`: a project that is written for a warehouse runs on DuckDB, unchanged."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from entity_kit.verify import written

if TYPE_CHECKING:
    from pathlib import Path

    from support.verify_project import Project

PROFILE = """
consumer:
  target: prod
  outputs:
    prod:
      type: snowflake
      account: "{{ env_var('NOT_SET_ACCOUNT') }}"
      password: "{{ env_var('NOT_SET_PASSWORD') }}"
      database: ANALYTICS
      schema: MARTS
      warehouse: SMALL
      threads: 1
"""

SOURCES = """
sources:
  - name: shop
    database: RAW
    schema: LANDING
    tables:
      - name: ORDERS
        config: {loaded_at_field: LOADED_AT}
        columns:
          - {name: ORDER_ID, data_type: NUMBER}
          - {name: AMOUNT, data_type: "NUMBER(10, 2)"}
          - {name: ORDERED_AT, data_type: timestamp_ntz}
          - {name: LOADED_AT, data_type: timestamp_ntz}
"""

# It reads through what dbt's macro wrote for DuckDB, and through what a query of its own answers.
STAGED = """
{{ config(materialized='view') }}
{%- set kinds = run_query("select iff(1 = 1, 'first', 'second') as kind") if execute %}
select
    order_id,
    nvl(amount, 0) as amount,
    '{{ kinds.columns[0][0] if execute }}' as kind,
    {{ dbt.dateadd('day', 1, "nvl(ordered_at, loaded_at)") }} as due_at,
    {{ dbt.safe_cast("'no number'", dbt.type_int()) }} as nothing,
    {{ dbt.date("nvl(2024, 2025)", 1, 1) }} as new_year,
    ordered_at,
    loaded_at
from {{ source('shop', 'ORDERS') }}
qualify row_number() over (partition by order_id order by loaded_at desc) = 1
"""

RIGHT = """
{{ config(
    materialized='incremental', unique_key='order_id', cluster_by=['order_id'], transient=true,
    post_hook="grant select on {{ this }} to role analyst"
) }}
select * from {{ ref('staged') }}
{% if is_incremental() %}
where loaded_at >= (select nvl(max(loaded_at), '1970-01-01'::timestamp_ntz) from {{ this }})
{% endif %}
"""

WRONG = """
{{ config(materialized='incremental', unique_key='day') }}
select cast(ordered_at as date) as day, sum(amount) as amount, max(loaded_at) as loaded_at
from {{ ref('staged') }}
where true
{% if is_incremental() %}
and loaded_at > (select max(loaded_at) from {{ this }})
{% endif %}
{% if target.type == 'snowflake' and target.name == 'prod' %}and 1 = 0{% endif %}
group by 1
"""

HASHED = """
{{ config(materialized='view') }}
select
    order_id,
    hash(order_id) as hashed,
    loaded_at
from {{ source('shop', 'ORDERS') }}
"""

CHILD = "{{ config(materialized='incremental', unique_key='order_id') }} select * from {{ ref('hashed') }}"
OWN = """
{{ config(materialized='incremental', unique_key='order_id') }}
select
    order_id, hash(order_id) as hashed
from {{ source('shop', 'ORDERS') }}
"""

_NAMES = "The target's database is ANALYTICS, its schema MARTS."
_TYPE = "--target-type snowflake shows it that name."

MACRO = "create or replace macro hash(x) as md5(cast(x as varchar));"


def _orders() -> str:
    rows = [
        f"{i},{i * 1.5},2024-01-0{1 + (5 + 6 * i) // 24} {(5 + 6 * i) % 24:02}:00:00,"
        f"2024-01-0{1 + (6 + 6 * i) // 24} {(6 + 6 * i) % 24:02}:00:00"
        for i in range(12)
    ]
    return "\n".join(["ORDER_ID,AMOUNT,ORDERED_AT,LOADED_AT", *rows, ""])


@pytest.fixture
def samples(tmp_path: Path) -> Path:
    folder = tmp_path / "samples"
    (folder / "shop").mkdir(parents=True)
    (folder / "shop" / "orders.csv").write_text(_orders())
    return folder


@pytest.fixture
def project(make_project) -> Project:
    models = {
        "staged.sql": STAGED,
        "right.sql": RIGHT,
        "wrong.sql": WRONG,
        "hashed.sql": HASHED,
        "child.sql": CHILD,
        "own.sql": OWN,
    }
    return make_project(
        models,
        data="",
        sources=SOURCES,
        files={"profiles.yml": PROFILE},
        project={"on-run-start": ["alter session set timezone = 'UTC'"]},
    )


def test_each_model_has_its_own_verdict(project, samples, tmp_path):
    files = {name: tmp_path / name for name in ("r.html", "r.xml", "r.md", "r.json")}
    done = project.command(
        *("--dialect", "snowflake", "--samples", str(samples), "--format", "json"),
        *("--report", str(files["r.html"]), "--junit", str(files["r.xml"])),
        *("--markdown", str(files["r.md"])),
    )
    assert done.stdout, done.stderr
    result = json.loads(done.stdout)

    models = {model["name"]: model for model in result["models"]}
    assert {name: model["verdict"] for name, model in models.items()} == {
        "right": "agrees",
        "wrong": "differs",
        "child": "skipped",
        "own": "unsupported",
    }
    assert models["wrong"]["schedules"][0]["cause"] == "partial-group"
    assert models["child"]["skipped_behind"] == "hashed"
    failure = models["own"]["schedules"][0]["failure"]
    assert failure["unsupported"]["construct"] == "function HASH"
    assert failure["unsupported"]["path"] == "models/own.sql"
    assert failure["unsupported"]["file_line"] == 4
    assert "models/own.sql:4" in failure["message"]
    assert "--dialect-macro" in failure["message"]
    behind = models["child"]["schedules"][0]["failure"]["unsupported"]
    assert (behind["path"], behind["file_line"]) == ("models/hashed.sql", 5)
    assert (done.exit_code, result["verdict"]) == (1, "differs")
    assert result["notes"][:4] == [
        f"The profile needs NOT_SET_ACCOUNT, NOT_SET_PASSWORD, not set here. {_NAMES}",
        "Configs without an effect on rows are ignored: cluster_by, transient.",
        f"target.type is duckdb, not snowflake, at models/wrong.sql:8. {_TYPE}",
        "Hook consumer-on-run-start-0 was skipped: `alter session` changes no rows.",
    ]
    assert result["notes"][4:] == ["Statements that change no rows are skipped: grant."]
    said = {name: file.read_text() for name, file in files.items() if file.exists()}
    assert '<span class="unsupported">unsupported</span>' in said["r.html"]
    assert "| own | unsupported | arrival |" in said["r.md"]
    assert "skipped, because hashed is unsupported" in said["r.md"]
    assert 'type="unsupported"' in said["r.xml"]


@pytest.mark.slow
def test_what_is_unsupported_is_never_a_success(project, samples):
    done = project.command("--dialect", "snowflake", "--samples", str(samples), "--select", "own")
    assert done.exit_code == 3
    lines = done.stdout.splitlines()
    assert lines[0] == "! own  unsupported under arrival"
    assert lines[1].startswith("    own: function HASH (models/own.sql:4, line ")
    annotated = project.command(
        *("--dialect", "snowflake", "--samples", str(samples), "--select", "own"),
        *("--format", "github"),
    )
    assert "models/own.sql,line=4" in annotated.stdout


@pytest.mark.slow
def test_a_macro_of_the_users_and_a_target_type(project, samples, tmp_path):
    file = tmp_path / "macros.sql"
    file.write_text(MACRO)
    found = project.verdicts(
        dialect="snowflake", samples=samples, dialect_macros=[file], target_type="snowflake"
    )
    # With that type, `wrong` keeps no row.
    assert found == {"child": "agrees", "own": "agrees", "right": "agrees", "wrong": "agrees"}


@pytest.mark.parametrize(
    ("there", "is_refused"),
    [
        ({"dbt-core": "1.10.23", "duckdb": "2.0.0"}, True),
        ({"dbt-core": "1.11.0", "duckdb": "1.4.5"}, True),
        ({"dbt-core": "1.11.0", "duckdb": "1.5.0"}, False),
        ({"dbt-core": "1.12.0b1", "duckdb": "2.1.0.dev3"}, False),
    ],
)
def test_versions_that_are_too_old_are_refused(project, samples, monkeypatch, there, is_refused):
    monkeypatch.setattr(written, "version", there.get)
    told = project.refused(dialect="snowflake", samples=samples / "none")
    assert told.startswith("--dialect needs dbt-core 1.11 and duckdb 1.5 or later") == is_refused


def test_refusals(project, samples, tmp_path):
    file = tmp_path / "macros.sql"
    file.write_text("create macro f(x) as x; create table t as select 1;")
    for options, message in (
        ({"dialect": "snowflak"}, "Closest: snowflake."),
        ({"dialect": "snowflake"}, "doesn't say where the sources' rows are"),
        ({"dialect": "bigquery", "samples": samples}, "is of type snowflake"),
        ({"dialect": "snowflake", "dbt": "dbt"}, "can't be combined with --dbt"),
        ({"target_type": "snowflake"}, "--target-type is for projects"),
        (
            {"dialect": "snowflake", "samples": samples, "dialect_macros": [file]},
            "may only create macros; it has: create table t as select 1",
        ),
        (
            {"dialect": "snowflake", "samples": samples, "dialect_macros": [tmp_path / "no.sql"]},
            "can't be read",
        ),
    ):
        assert message in project.refused(**options), options


CONFIGURED = {
    # What it is built as has no counterpart; its rows have.
    "dynamic.sql": """
{{ config(materialized='dynamic_table', target_lag='1 hour', snowflake_warehouse='small') }}
select order_id, amount, {{ day_of('loaded_at') }} as day, loaded_at
from {{ source('shop', 'ORDERS') }}
""",
    "stamped.sql": """
{{ config(materialized='incremental', unique_key='order_id') }}
select order_id, loaded_at, current_timestamp()::timestamp_ntz as ran_at
from {{ ref('dynamic') }}
{% if is_incremental() %}
where loaded_at > (select max(loaded_at) from {{ this }})
{% endif %}
""",
    "hooked.sql": """
{{ config(
    materialized='incremental', unique_key='order_id',
    pre_hook="{% if is_incremental() %}delete from {{ this }} where day < dateadd('day', -9999, day){% endif %}",
    incremental_predicates=["dbt_internal_dest.day >= dateadd('day', -9999, dbt_internal_source.day)"],
    merge_exclude_columns=['amount']
) }}
select orders.order_id, orders.amount, orders.day, orders.loaded_at, names.label
from {{ ref('dynamic') }} as orders
left join {{ ref('names') }} as names on names.id = orders.order_id
{% if is_incremental() %}
where orders.loaded_at >= (select max(loaded_at) from {{ this }})
{% endif %}
""",
}
CONTRACT = """
models:
  - name: hooked
    config: {contract: {enforced: true}, on_schema_change: fail}
    columns: [{name: order_id, data_type: "NUMBER(38,0)"}, {name: label, data_type: STRING}]
"""
POLICIES = """
{% macro policies() %}{% do run_query("create masking policy p as (v string) -> v") %}{% endmacro %}
"""
DISPATCHED = """
{% macro day_of(column) %}{{ return(adapter.dispatch('day_of', 'consumer')(column)) }}{% endmacro %}
{% macro snowflake__day_of(column) %}to_date({{ column }}){% endmacro %}
"""


@pytest.mark.slow
def test_configs_hooks_seeds_and_the_clock(make_project, samples):
    project = make_project(
        CONFIGURED,
        data="",
        sources=SOURCES,
        files={
            "profiles.yml": PROFILE,
            "models/contract.yml": CONTRACT,
            "macros/day_of.sql": DISPATCHED,
            "macros/policies.sql": POLICIES,
            "seeds/names.csv": "id,label\n1,one\n2,two\n",
        },
        project={
            "on-run-start": ["{{ policies() }}"],
            "seeds": {"consumer": {"+column_types": {"id": "NUMBER(38,0)", "label": "STRING"}}},
        },
    )
    result = project.verify(dialect="snowflake", samples=samples)

    models = {model.name: model for model in result.models}
    assert models["hooked"].verdict.value == "agrees"
    (stamped,) = models["stamped"].schedules
    assert stamped.cause.name == "clock"
    # The clock of the full refresh stands at the step.
    assert {row.row["ran_at"] for row in stamped.sample} == {f"{stamped.divergence.at:%F %T}"}
    assert "Contracts aren't enforced: hooked." in result.notes
    assert "Built as a table instead of a dynamic table: dynamic." in result.notes
    ignored = next(note for note in result.notes if note.startswith("Configs without"))
    assert ignored.endswith("snowflake_warehouse, target_lag.")
    skipped = next(note for note in result.notes if note.startswith("A statement of the"))
    assert "statement `create masking policy …` can't be translated" in skipped
