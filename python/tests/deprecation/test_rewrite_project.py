"""Many consumers in one project: after the rewriter, each builds and returns the same rows."""

from __future__ import annotations

import pytest
import yaml
from click.testing import CliRunner

from entity_kit.cli.deprecations import deprecations

pytestmark = pytest.mark.slow

MARK = """{{{{ entity_kit.deprecate(
    replacement='{}', deprecation_date='2026-03-01', sunset_date='2099-06-30',
    reason='one row per person', owner='customer data'
) }}}}
"""
CUSTOMERS = "{{ ref('customers') }}"
SHARED = {
    "dim_customers.sql": """{{ config(materialized='table') }}
select * from (values (1, 'Ada', 10.5, date '2021-01-04', true), (2, 'Bo', 3.0, date '2022-02-05', false),
    (3, 'Cy', 7.9, date '2022-02-05', true)) as t (customer_id, full_name, revenue, since, vip)""",
    "customers.sql": MARK.format("dim_customers")
    + """{{ entity_kit.deprecated_alias('dim_customers', {
    'id': 'customer_id', 'name': 'full_name', 'amount': {'column': 'revenue', 'data_type': 'integer'}
}) }}""",
    "dim_accounts.sql": """select * from (values (1, 'a', 9), (2, 'b', 8)) as t (id, name, more)""",
    "accounts.sql": MARK.format("dim_accounts") + "select 1 as id, 'a' as name, 5 as gone",
    "orders.sql": """select * from (values (7, 1, 'first'), (8, 1, 'second'), (9, 3, 'third'))
    as t (order_id, customer_id, name)""",
}
# Those that are rewritten, each with something that must be found in its file afterwards.
REWRITTEN = {
    "bare": ("select id, name from {{ ref('customers') }}", "select customer_id as id, full_name"),
    "quoted": ('select c."id", c."name" as n from {{ ref(\'customers\') }} c', 'c."customer_id"'),
    "by_name": (
        "select customers.id from {{ ref('customers') }} where customers.since > date '2021-06-01'",
        "{{ ref('dim_customers') }} as customers",
    ),
    "whole": ("select * from {{ ref('customers') }}", "customer_id as id"),
    "imported": (
        (
            "with customers as (\n    select * from {{ ref('customers') }}\n)\n"
            "select customers.id, customers.name from customers"
        ),
        "from customers",
    ),
    "of_others": (
        (
            "select order_id, customer_id, o.name, c.name as who, amount from {{ ref('orders') }} as o\n"
            "inner join {{ ref('customers') }} as c on o.customer_id = id"
        ),
        "o.customer_id, o.name, c.full_name as who",
    ),
    "star_join": (
        "select * from {{ ref('orders') }} as o join {{ ref('customers') }} as c on o.customer_id = c.id",
        "o.*, c.customer_id as id",
    ),
    "shadows": (
        (
            "with a as (select order_id as id, name from {{ ref('orders') }})\n"
            "select id, name, (select max(name) from {{ ref('customers') }} where id = a.id - 6) as who from a"
        ),
        "select id, name, (select max(full_name)",
    ),
    "both": (
        (
            "select customers.id, dim_customers.full_name from {{ ref('customers') }}\n"
            "join {{ ref('dim_customers') }} on customers.id = dim_customers.customer_id"
        ),
        "as customers",
    ),
    "unions": (
        (
            "select id, name from {{ ref('customers') }} union all\n"
            "select customer_id, name from {{ ref('orders') }} order by id, 2"
        ),
        "order by id, 2",
    ),
    "windows": (
        (
            "select id, row_number() over w as n from {{ ref('customers') }}\n"
            "window w as (partition by since order by name)\nqualify count(*) over (partition by id) = 1"
        ),
        "order by full_name",
    ),
    "grouped": (
        "select amount, count(*) as n from {{ ref('customers') }} group by amount order by amount",
        "group by cast(revenue as integer)",
    ),
    "positions": ("select since, max(name) as m from {{ ref('customers') }} group by 1 order by 2",)
    * 1
    + ("max(full_name) as m",),
    "lateral_one": (
        "select c.id, l.n from {{ ref('customers') }} as c, lateral (select c.name || '!' as n) as l",
        "c.full_name ||",
    ),
    "same_output": (
        "select id as id, name as name from {{ ref('customers') }} order by id",
        "customer_id as id",
    ),
    "correlated": (
        (
            "select order_id from {{ ref('orders') }} as o\n"
            "where exists (select * from {{ ref('customers') }} where id = o.customer_id and vip)"
        ),
        "where customer_id = o.customer_id",
    ),
    "conditions": (
        (
            "select id from {{ ref('customers') }}\n{% if target.name != 'x' %}where name > 'A'\n"
            "{% else %}where name < 'A'\n{% endif %}"
        ),
        "full_name < 'A'",
    ),
    "a_variable": ("{% set c = ref('customers') %}\nselect id from {{ c }}", "customer_id as id"),
    "packaged": ("select id from {{ ref('shop', 'customers') }}", "ref('shop', 'dim_customers')"),
    "no_columns": ("select count(*) as n from {{ ref('accounts') }} where false", "dim_accounts"),
    "checked": ("select accounts.id, name from {{ ref('accounts') }} where id < 0", "as accounts"),
    "checked_star": (
        "with a as (select id from {{ ref('accounts') }}) select * from a where id < 0",
        "dim_accounts",
    ),
    "incremental": (
        (
            "{{ config(materialized='incremental', unique_key='id') }}\n"
            "select id, since from {{ ref('customers') }}\n"
            "{% if is_incremental() %}where since > (select max(since) from {{ this }}){% endif %}"
        ),
        "customer_id as id",
    ),
}
# Those that are left, with the reason.
LEFT = {
    "joined_using": (
        (
            "select o.order_id from (select order_id, customer_id as id from {{ ref('orders') }}) as o\n"
            "join {{ ref('customers') }} using (id)"
        ),
        "line 2: `using (id)` needs one name on both sides; write `on` with `customer_id` for `id`",
    ),
    "natural": (
        (
            "select o.order_id from (select order_id, customer_id as id from {{ ref('orders') }}) as o\n"
            "natural join {{ ref('customers') }} as c"
        ),
        (
            "line 2: a natural join uses all columns with the same name; "
            "write its condition with `on`, with the replacement's columns"
        ),
    ),
    "in_a_loop": (
        (
            "select\n{% for x in ['id', 'name'] %}  c.{{ x }}{% if not loop.last %},{% endif %}\n"
            "{% endfor %}from {{ ref('customers') }} as c"
        ),
        "line 2: Jinja generates SQL here that may name a column; check it and rewrite it by hand",
    ),
    "by_pattern": (
        "select columns('id|name') from {{ ref('customers') }}",
        "line 1: `columns(…)` picks columns by name; list them by hand",
    ),
    "without_some": (
        "select * exclude (id) from {{ ref('customers') }}",
        "line 1: `*` would return the new column names; list the columns by hand",
    ),
    "a_row": (
        "select to_json(c) as j from {{ ref('customers') }} as c",
        "line 1: `c` is the whole row; list its columns by hand",
    ),
    "unnamed": (
        "select upper(name) from {{ ref('customers') }}",
        "line 1: an output column without a name; name it with `as`",
    ),
    "lacks": (
        "select gone from {{ ref('accounts') }}",
        "line 1: `gone`: the replacement has no column of this name; rewrite it by hand",
    ),
    "lacks_star": (
        "select * from {{ ref('accounts') }}",
        (
            "line 1: `*` would return the new column names; list them by hand, because for `gone`, "
            "the replacement has no column of this name"
        ),
    ),
    "macro_passes": (
        "select id from {{ only_vip(ref('customers')) }}",
        "line 1: Jinja passes the ref on, so its columns' readers aren't visible here; rewrite it by hand",
    ),
    "macro_reads": ("select * from ({{ reads_it() }}) as q", "this file has no ref to it."),
    "unit_tested_by_sql": (
        "select id from {{ ref('customers') }}",
        (
            "its unit test can't follow: models/unit.yml: the unit test's rows may have old columns; "
            "rewrite it by hand"
        ),
    ),
}
SCHEMA = """models:
  - name: of_others
    columns:
      - name: customer_id
        data_tests:
          - relationships: {to: ref('customers'), field: id}
  - name: bare
    columns:
      - name: id
        data_tests: [unique, not_null]
exposures:
  - name: board
    type: dashboard
    owner: {name: x, email: x@example.com}
    depends_on: [ref('customers'), ref('bare')]
unit_tests:
  - name: bare_rows
    model: bare
    given:
      - input: ref('customers')
        rows:
          - {id: 1, name: Zoe}
    expect:
      rows:
        - {id: 1, name: Zoe}
  - name: quoted_rows
    model: quoted
    given:
      - input: ref('customers')
        format: csv
        rows: |
          id,name
          5,Eve
    expect:
      rows:
        - {id: 5, n: Eve}
"""
OTHERS = {
    # In a file of its own, which nothing else makes a consumer.
    "models/unit.yml": """unit_tests:
  - name: sql_rows
    model: unit_tested_by_sql
    given:
      - input: ref('customers')
        format: sql
        rows: select 4 as id
    expect:
      rows: [{id: 4}]
""",
    "tests/named.sql": "select id from {{ ref('customers') }} where name is null",
    "snapshots/kept.sql": "{% snapshot kept %}\n{{ config(unique_key='id', strategy='check', "
    "check_cols=['name'], target_schema='main') }}\nselect id, name from {{ ref('customers') }}\n"
    "{% endsnapshot %}",
    "analyses/looked.sql": "select id from {{ ref('customers') }}",
    "macros/vip.sql": "{% macro only_vip(relation) %}(select id from {{ relation }} where vip)"
    "{% endmacro %}\n{% macro reads_it() %}\nselect id from {{ ref('customers') }}\n{% endmacro %}",
}


def rewritten(project, model):
    """Run `entity-kit deprecations --rewrite … --write`, and return what it says is left, by file."""
    folder = str(project.folder)
    words = ["--project-dir", folder, "--profiles-dir", folder, "--rewrite", model, "--write"]
    result = CliRunner(env={"COLUMNS": "200"}).invoke(deprecations, words)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    said = [line.split(": left: ", 1) for line in result.stderr.splitlines() if ": left: " in line]
    return {(path, reason) for path, reason in said}


def contents(project):
    """Return the columns and the rows of every consumer."""
    found = {}
    for name in [*REWRITTEN, *LEFT, "kept"]:
        columns = ", ".join(
            f'"{row[0].replace(chr(34), chr(34) * 2)}"'
            for row in project.query(f'describe "{name}"')
            if not row[0].startswith("dbt_")
        )
        found[name] = (columns, sorted(map(repr, project.query(f'select {columns} from "{name}"'))))
    return found


@pytest.fixture(scope="module")
def moved(make_project):
    models = {**SHARED, "schema.yml": SCHEMA}
    models |= {f"{name}.sql": text for name, (text, _) in {**REWRITTEN, **LEFT}.items()}
    project = make_project(models)
    name = yaml.safe_load((project.folder / "dbt_project.yml").read_text())["name"]
    packaged = models["packaged.sql"].replace("'shop'", f"'{name}'")
    project.write({**OTHERS, "models/packaged.sql": packaged})
    project.run("build")
    before = contents(project)
    project.close()
    left = rewritten(project, "customers") | rewritten(project, "accounts")
    project.write({})
    # The incremental model is built again from nothing, or it would have nothing to do.
    project.run("build", "--full-refresh")
    return project, before, contents(project), left


def test_every_consumer_gives_what_it_gave(moved):
    _, before, after, _ = moved
    assert after == before


@pytest.mark.parametrize("name", REWRITTEN)
def test_what_is_certain_is_rewritten(moved, name):
    project, _, _, left = moved
    text = (project.folder / f"models/{name}.sql").read_text()
    before, now = REWRITTEN[name]
    assert now.replace("'shop'", "'" + _project_name(project) + "'") in text
    assert text != before
    assert [reason for path, reason in left if path == f"models/{name}.sql"] == []


@pytest.mark.parametrize("name", LEFT)
def test_what_is_not_certain_is_left_and_named(moved, name):
    project, _, _, left = moved
    text, reason = LEFT[name]
    assert (project.folder / f"models/{name}.sql").read_text() == text
    assert (f"models/{name}.sql", reason) in left


def test_tests_snapshots_and_analyses_are_rewritten(moved):
    project, _, _, _ = moved
    for path in ("tests/named.sql", "snapshots/kept.sql", "analyses/looked.sql"):
        text = (project.folder / path).read_text()
        assert "customer_id as id" in text
        assert "ref('dim_customers')" in text


def test_macros_are_named(moved):
    _, _, _, left = moved
    said = "line 3: a macro reads it; rewrite the ref and its columns by hand"
    assert ("macros/vip.sql", said) in left


def test_yaml_goes_with_the_models(moved):
    project, _, _, left = moved
    text = (project.folder / "models/schema.yml").read_text()
    assert "relationships: {to: ref('dim_customers'), field: customer_id}" in text
    assert "depends_on: [ref('dim_customers'), ref('bare')]" in text
    assert "- {customer_id: 1, full_name: Zoe}" in text
    assert "          customer_id,full_name\n          5,Eve" in text
    assert [path for path, _ in left if path == "models/schema.yml"] == []
    alone = (project.folder / "models/unit.yml").read_text()
    assert alone == OTHERS["models/unit.yml"]
    assert [path for path, _ in left if path == "models/unit.yml"] != []


def _project_name(project):
    return yaml.safe_load((project.folder / "dbt_project.yml").read_text())["name"]
