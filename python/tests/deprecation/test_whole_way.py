"""A five-year-old customer table goes through the whole deprecation, on real runs with a simulated clock."""

from __future__ import annotations

import json

import pytest
import yaml
from click.testing import CliRunner

from entity_kit.cli.deprecations import deprecations
from entity_kit.errors import EntityKitError

pytestmark = pytest.mark.slow

OLD_TABLE = """{{ config(materialized='table') }}
select 1 as id, cast('Ada' as varchar) as name, cast('2021-01-04' as date) as since"""
MARK = """{{ entity_kit.deprecate(
    replacement='dim_customers', deprecation_date='2026-03-01', sunset_date='2026-06-30',
    reason='one row per person', owner='customer data [team]'
) }}
"""
ALIAS = """{{ entity_kit.deprecated_alias('dim_customers', {
    'id': 'customer_id', 'name': 'full_name', 'since': 'valid_from'
}, others='drop') }}"""
NEW_TABLE = """{{ config(materialized='table') }}
select 1 as customer_id, cast('Ada' as varchar) as full_name, cast('2021-01-04' as date) as valid_from, 9 as more"""
ORDERS = """-- orders with the customers' names
select o.order_id, c.name, c.since as customer_since
from (select 7 as order_id, 1 as customer_id) as o
left join {{ ref('customers') }} as c
    on o.customer_id = c.id
"""
SCHEMA = yaml.safe_dump(
    {
        "models": [
            {
                "name": "customers",
                "data_tests": [
                    {
                        "entity_kit.alias_covers": {
                            "arguments": {
                                "columns": {"id": "int", "name": "varchar", "since": "date"}
                            },
                        },
                    },
                ],
            },
        ],
        "exposures": [
            {
                "name": "churn_board",
                "type": "dashboard",
                "owner": {"name": "x", "email": "x@example.com"},
                "depends_on": ["ref('customers')"],
            },
        ],
    },
)
CONTENT = "select order_id, name, cast(customer_since as text) from orders"


def command(project, *words):
    """Run `entity-kit deprecations` on the project: exit code, stdout and stderr."""
    folder = str(project.folder)
    words = ["--project-dir", folder, "--profiles-dir", folder, *words]
    result = CliRunner(env={"COLUMNS": "200"}).invoke(deprecations, words)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture(scope="module")
def project(make_project):
    return make_project(
        {"customers.sql": OLD_TABLE, "orders.sql": ORDERS, "schema.yml": SCHEMA},
        variables={"entity_kit_deprecation_log": True, "entity_kit_on_sunset": "error"},
    )


def test_the_whole_way(project, at):
    # It stands as it has stood for years.
    assert at(project, "2026-01-10", "build", "-s", "+orders").success
    before = project.query(CONTENT)
    assert before == [(7, "Ada", "2021-01-04")]
    assert command(project)[:2] == (0, "No model of this project is deprecated.\n")

    # Announced, with the replacement beside it: nobody is troubled yet.
    project.write({"models/dim_customers.sql": NEW_TABLE, "models/customers.sql": MARK + OLD_TABLE})
    outcome = at(project, "2026-02-01", "build")
    assert outcome.success
    assert [text for text in outcome.warnings if "Owner" in text] == []

    # Deprecated: each run says so, and the register who must move.
    outcome = at(project, "2026-03-01", "build")
    assert outcome.success
    (told,) = [text for text in outcome.warnings if "Owner" in text]
    assert "Still read by: exposure churn_board, model orders." in told
    code, out, _ = command(project, "--as-of", "2026-03-01", "--check", "--format", "json")
    (listed,) = json.loads(out)["models"]
    assert (code, listed["stage"], listed["days_left"]) == (0, "deprecated", 121)
    assert [each["name"] for each in listed["consumers"]] == ["churn_board", "orders"]

    # Aliased: the old name is a view of the new table, and its readers notice nothing.
    project.write({"models/customers.sql": MARK + ALIAS})
    assert at(project, "2026-04-01", "build").success
    assert project.query(CONTENT) == before
    (kind,) = project.query(
        "select table_type from information_schema.tables where table_name = 'customers'"
    )
    assert kind == ("VIEW",)

    # Past sunset with readers: CI says no, and so does the build.
    code, out, _ = command(project, "--as-of", "2026-06-30", "--check")
    assert code == 1
    assert not at(project, "2026-06-30", "build").success

    # Rewritten: first shown, then written, and the readers' content is as before.
    files = [project.folder / "models" / name for name in ("orders.sql", "schema.yml")]
    untouched = [file.read_bytes() for file in files]
    code, out, err = command(project, "--rewrite", "customers")
    assert [file.read_bytes() for file in files] == untouched
    assert (code, err) == (0, "Would change 2 files. Nothing is written without --write.\n")
    changes = [line for line in out.split("\n") if line[:1] in {"+", "-"}]
    assert [line for line in changes if line[:3] not in {"+++", "---"}] == [
        "-select o.order_id, c.name, c.since as customer_since",
        "+select o.order_id, c.full_name as name, c.valid_from as customer_since",
        "-left join {{ ref('customers') }} as c",
        "-    on o.customer_id = c.id",
        "+left join {{ ref('dim_customers') }} as c",
        "+    on o.customer_id = c.customer_id",
        "-  - ref('customers')",
        "+  - ref('dim_customers')",
    ]
    assert command(project, "--rewrite", "customers", "--write")[0] == 0
    project.write({})
    assert at(project, "2026-05-01", "build").success
    assert project.query(CONTENT) == before

    # Past sunset without readers, then gone.
    code, out, _ = command(project, "--as-of", "2026-07-01", "--check", "--format", "json")
    (listed,) = json.loads(out)["models"]
    assert (code, listed["consumers"]) == (0, [])
    (project.folder / "models/customers.sql").unlink()
    project.write({"models/schema.yml": "models: []\n"})
    outcome = at(project, "2026-07-02", "build")
    assert outcome.success
    assert project.query(CONTENT) == before

    # The log has the whole way, and outlives the model.
    logged = project.query(
        "select distinct cast(logged_at as date)::text, event, stage from deprecation_log "
        "where model_name = 'customers' and consumer is null order by 1",
    )
    assert logged == [
        ("2026-02-01", "built", "announced"),
        ("2026-03-01", "built", "deprecated"),
        ("2026-04-01", "built", "deprecated"),
        ("2026-05-01", "built", "deprecated"),
        ("2026-06-30", "refused", "sunset"),
    ]


@pytest.fixture(scope="module")
def marked(make_project):
    return make_project(
        {
            "customers.sql": MARK + ALIAS,
            "dim_customers.sql": NEW_TABLE,
            "orders.sql": ORDERS,
            "lists.sql": "select upper(name) from {{ ref('customers') }}",
            "unread.sql": MARK.replace("2026-06-30", "2027-01-01") + OLD_TABLE,
            "ends.sql": MARK.replace("'dim_customers'", "none") + OLD_TABLE,
        },
    )


def test_the_table(marked):
    code, out, _ = command(marked, "--as-of", "2026-06-01")
    assert code == 0
    words = " ".join(out.split())
    assert "customers deprecated dim_customers 2026-06-30" in words
    assert "[team]" in out


def test_markdown(marked):
    code, out, _ = command(marked, "--as-of", "2026-06-01", "--format", "markdown")
    assert (code, out.split("\n")[:3]) == (
        0,
        [
            "| model | stage | use instead | ends on | days left | owner | still read by |",
            "|---|---|---|---|---:|---|---|",
            (
                "| customers | deprecated | dim_customers | 2026-06-30 | 29 | customer data [team] "
                "| model lists, model orders |"
            ),
        ],
    )


def test_a_guide(marked):
    _, out, _ = command(marked, "--as-of", "2026-06-01", "--guide", "customers")
    assert out.split("\n") == [
        "# Migrating from customers",
        "",
        "customers has been deprecated since 2026-03-01, and its sunset date is 2026-06-30, in 29 days.",
        "Use `dim_customers` instead.",
        "",
        "- Reason: one row per person",
        "- Owner: customer data [team]",
        "",
        "## Columns",
        "",
        "| old | now |",
        "|---|---|",
        "| id | customer_id |",
        "| name | full_name |",
        "| since | valid_from |",
        "",
        "## What has to change",
        "",
        "| kind | name | file |",
        "|---|---|---|",
        "| model | lists | models/lists.sql |",
        "| model | orders | models/orders.sql |",
        "",
        "`entity-kit deprecations --rewrite customers` shows the rewritten references.",
        "",
        "## Columns that are read",
        "",
        "| kind | name | columns |",
        "|---|---|---|",
        "| model | lists | name |",
        "| model | orders | id, name, since |",
        "",
    ]


def test_what_is_left_is_said(marked):
    _, out, err = command(marked, "--rewrite", "customers")
    assert "b/models/orders.sql" in out
    assert err == (
        "models/lists.sql: left: line 1: an output column without a name; name it with `as`\n"
        "Would change 1 file. Nothing is written without --write.\n"
    )


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ("--guide", "custmers"),
            "custmers isn't a deprecated model of this project.\nClosest: customers.",
        ),
        (("--rewrite", "ends"), "Nothing replaces ends.\nRemove it from its consumers."),
        (("--write",), "--write needs --rewrite.\n--rewrite MODEL --write"),
        (("--as-of", "soon"), "--as-of must be a date; got soon.\nWrite it as YYYY-MM-DD."),
        (("--vars", "[1]"), "--vars must be a mapping; got [1].\n--vars '{name: value}'"),
    ],
)
def test_refused(marked, words, message):
    with pytest.raises(EntityKitError) as caught:
        command(marked, *words)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("replacements", "message"),
    [
        (
            {"a": "b", "b": "a"},
            "The replacements are circular: a → b → a.\nName the model that stays in each of them.",
        ),
        (
            {"a": "bb", "b": "c"},
            "a is to be replaced by bb, which doesn't exist or is disabled.\nClosest: b.",
        ),
    ],
)
def test_chains_that_cannot_be(make_project, replacements, message):
    models = {
        f"{name}.sql": MARK.replace("dim_customers", to) + OLD_TABLE
        for name, to in replacements.items()
    }
    project = make_project(models)
    with pytest.raises(EntityKitError) as caught:
        command(project)
    assert str(caught.value) == message
