"""`deprecate`: each stage of a deprecation, on real runs with a simulated clock."""

from __future__ import annotations

import pytest
import yaml

DEPRECATE = """{{ entity_kit.deprecate(
    replacement='dim_customers', deprecation_date='2026-03-01', sunset_date='2026-06-30',
    reason='one row per person, no longer per account', owner='customer data team',
    migration_guide='docs/customers.md'
) }}
"""
MODELS = {
    "customers_old.sql": DEPRECATE + "select 1 as customer_id, 'Ada' as name -- the end",
    "customers_table.sql": "{{ config(materialized='table') }}\n"
    + DEPRECATE
    + "select 1 as customer_id, 'Ada' as name",
    "customers_log.sql": "{{ config(materialized='incremental', post_hook=\"select 42\") }}\n"
    + DEPRECATE
    + "select 1 as customer_id",
    "dim_customers.sql": "select 1 as customer_id, 'Ada' as full_name",
    "orders.sql": "select * from {{ ref('customers_old') }}",
    "later.sql": "select * from {{ ref('orders') }}",
    "schema.yml": yaml.safe_dump(
        {
            "models": [
                {
                    "name": "customers_old",
                    "deprecation_date": "2026-03-01",
                    "columns": [{"name": "customer_id", "data_tests": ["unique"]}],
                },
            ],
            "exposures": [
                {
                    "name": "churn_board",
                    "type": "dashboard",
                    "owner": {"name": "x", "email": "x@example.com"},
                    "depends_on": ["ref('customers_old')"],
                },
            ],
        },
    ),
}
DETAILS = """Use dim_customers instead.
Reason: one row per person, no longer per account
Owner: customer data team
Guide: docs/customers.md
Still read by: exposure churn_board, model orders."""


@pytest.fixture(scope="module")
def project(make_project, engine):
    project = make_project(MODELS, engine=engine)
    profile = yaml.safe_load((project.folder / "profiles.yml").read_text())
    outputs = profile["consumer"]["outputs"]
    outputs.update({"ci": outputs["dev"], "pr-ci": outputs["dev"], "decide": outputs["dev"]})
    project.write({"profiles.yml": yaml.safe_dump(profile)})
    return project


def ours(warnings):
    """Leave out dbt's own warnings about its own deprecation_date."""
    return [text for text in warnings if "Owner: " in text]


@pytest.mark.slow
def test_announced_it_is_silent(project, at):
    outcome = at(project, "2026-02-28", "run", "-s", "customers_old")
    assert (outcome.success, ours(outcome.warnings)) == (True, [])


@pytest.mark.parametrize(
    ("date", "days"),
    [("2026-03-01", "121 days"), ("2026-06-28", "2 days"), ("2026-06-29", "1 day")],
)
def test_deprecated_it_warns_once_a_run(project, at, date, days):
    outcome = at(project, date, "run")
    about = [text for text in ours(outcome.warnings) if text.startswith("customers_old ")]
    assert about == [
        f"customers_old has been deprecated since 2026-03-01, and its sunset date is 2026-06-30, in {days}.\n"
        + DETAILS
    ]
    assert outcome.success
    assert project.query("select * from customers_old") == [(1, "Ada")]


def test_warn_error_makes_the_warning_an_error(project, at):
    outcome = at(project, "2026-03-01", "--warn-error", "run", "-s", "customers_table")
    assert not outcome.success
    assert "customers_table has been deprecated since 2026-03-01" in "\n".join(outcome.errors)


@pytest.mark.parametrize("target", ["ci", "pr-ci"])
def test_past_sunset_it_refuses_to_build_in_ci(project, at, target):
    outcome = at(project, "2026-06-30", "run", "-t", target, "-s", "customers_old", "orders")
    assert outcome.statuses == {"customers_old": "error", "orders": "skipped"}
    told = "\n".join(line.strip() for line in "\n".join(outcome.errors).split("\n"))
    assert (
        "customers_old was retired on 2026-06-30.\n"
        + DETAILS
        + "\nMove them and delete the model, or set the variable entity_kit_on_sunset to warn or empty."
    ) in told


@pytest.mark.parametrize("target", ["dev", "decide"])
def test_past_sunset_it_warns_elsewhere(project, at, target):
    outcome = at(project, "2026-06-30", "run", "-t", target, "-s", "customers_old")
    assert outcome.success
    assert ours(outcome.warnings) == ["customers_old was retired on 2026-06-30.\n" + DETAILS]
    assert project.query("select count(*) from customers_old") == [(1,)]


def test_the_variable_decides_before_the_target(project, at):
    on = "entity_kit_on_sunset"
    error = at(project, "2026-06-30", "run", "-s", "customers_old", "--vars", f"{on}: error")
    warn = at(
        project, "2027-06-30", "run", "-s", "customers_old", "-t", "ci", "--vars", f"{on}: warn"
    )
    assert (error.success, warn.success) == (False, True)


def test_compiling_past_sunset_only_warns(project, at):
    outcome = at(project, "2026-06-30", "compile", "-t", "ci", "-s", "customers_old")
    assert (outcome.success, len(ours(outcome.warnings))) == (True, 1)


@pytest.mark.parametrize("model", ["customers_old", "customers_table", "customers_log"])
def test_empty_keeps_the_columns_and_no_rows(project, at, model):
    words = ("run", "-s", model, "--vars", "entity_kit_on_sunset: empty")
    before = at(project, "2026-06-29", *words, "--full-refresh")
    assert before.success
    assert project.query(f"select customer_id from {model}") == [(1,)]
    for _ in range(2):
        outcome = at(project, "2026-06-30", *words)
        assert outcome.success
        assert project.query(f"select customer_id from {model}") == []


REFUSALS = {
    "no_such_model": (
        "select 1 as x",
        {"replacement": "'dim_custmers'"},
        'deprecate: `replacement` must be an enabled model; got "dim_custmers".\nClosest: dim_customers.',
    ),
    "disabled_replacement": (
        "select 1 as x",
        {"replacement": "'switched_off'"},
        (
            'deprecate: `replacement` must be an enabled model; got "switched_off".\n'
            "Name a model that exists and is enabled, or none if nothing replaces it."
        ),
    ),
    "loop_a": (
        "select 1 as x",
        {"replacement": "'loop_b'"},
        (
            'deprecate: `replacement` must be a model that isn\'t part of the chain; got "loop_a → loop_b → loop_a".\n'
            "Name the model that stays in each of them."
        ),
    ),
    "itself": (
        "select 1 as x",
        {"replacement": "'itself'"},
        (
            'deprecate: `replacement` must be a model that isn\'t part of the chain; got "itself → itself".\n'
            "Name the model that stays in each of them."
        ),
    ),
    "leads_nowhere": (
        "select 1 as x",
        {"replacement": "'no_such_model'"},
        (
            "deprecate: `replacement` must be an enabled model all along the chain leads_nowhere → no_such_model; "
            'got "dim_custmers".\nClosest: dim_customers.'
        ),
    ),
    "twice": (
        "{{ entity_kit.deprecate('dim_customers', '2026-01-01', '2026-12-31', 'other', 'o') }} select 1 as x",
        {},
        (
            'deprecate: `sunset_date` must be set once: another call, or the model\'s meta, says "2026-12-31"; '
            'got "2026-06-30".\nKeep one call of deprecate in the model.'
        ),
    ),
    "other_date_in_yaml": (
        "select 1 as x",
        {},
        (
            "deprecate: `deprecation_date` must be the same as the model's deprecation_date in YAML, 2026-02-01; "
            'got "2026-01-01".\nCorrect one of the two.'
        ),
    ),
    "private_replacement": (
        "select 1 as x",
        {"replacement": "'hidden'"},
        (
            'deprecate: `replacement` must be a model that the consumers may read; got "hidden".\n'
            "It is private to the group crm: give it the access protected or public."
        ),
    ),
}


def call(**changes):
    arguments = {
        "replacement": "'dim_customers'",
        "deprecation_date": "'2026-01-01'",
        "sunset_date": "'2026-06-30'",
        "reason": "'r'",
        "owner": "'o'",
        **changes,
    }
    return (
        f"entity_kit.deprecate({', '.join(f'{key}={value}' for key, value in arguments.items())})"
    )


@pytest.fixture(scope="module")
def wrong(make_project, engine):
    models = {
        f"{name}.sql": "{{ " + call(**changes) + " }} " + sql
        for name, (sql, changes, _) in REFUSALS.items()
    }
    models["loop_b.sql"] = "{{ " + call(replacement="'loop_a'") + " }} select 1 as x"
    models["old_view.sql"] = "{{ " + call(replacement="'older'") + " }} select 1 as x"
    models["older.sql"] = "{{ " + call(replacement="'dim_customers'") + " }} select 1 as x"
    models["nothing_instead.sql"] = "{{ " + call(replacement="none") + " }} select 1 as x"
    models["inlined.sql"] = (
        "{{ config(materialized='ephemeral') }}{{ " + call() + " }} select 1 as x"
    )
    models["reads_inlined.sql"] = "select * from {{ ref('inlined') }}"
    models["hidden.sql"] = "select 1 as x"
    models["switched_off.sql"] = "{{ config(enabled=false) }} select 1 as x"
    models["off_and_old.sql"] = "{{ config(enabled=false) }}{{ " + call() + " }} select 1 as x"
    models["dim_customers.sql"] = "select 1 as x"
    models["people_v1.sql"] = "{{ " + call(replacement="'people'") + " }} select 1 as x"
    models["people_v2.sql"] = "select 1 as x"
    models["schema.yml"] = yaml.safe_dump(
        {
            "groups": [{"name": "crm", "owner": {"name": "o", "email": "o@example.com"}}],
            "models": [
                {"name": "other_date_in_yaml", "deprecation_date": "2026-02-01"},
                {"name": "hidden", "config": {"access": "private", "group": "crm"}},
                {"name": "people", "latest_version": 2, "versions": [{"v": 1}, {"v": 2}]},
            ],
        },
    )
    return make_project(models, engine=engine)


@pytest.mark.slow
@pytest.mark.parametrize("model", REFUSALS)
def test_refused_by_the_graph(wrong, model):
    assert wrong.refused("compile", "-s", model) == REFUSALS[model][2]


def test_a_chain_is_followed_and_shown(wrong, at):
    (told,) = ours(at(wrong, "2026-02-01", "run", "-s", "old_view").warnings)
    assert "Use dim_customers instead (old_view → older → dim_customers)." in told.split("\n")


def test_nothing_may_replace_it(wrong, at):
    (told,) = ours(at(wrong, "2026-02-01", "run", "-s", "nothing_instead").warnings)
    assert told == (
        "nothing_instead has been deprecated since 2026-01-01, and its sunset date is 2026-06-30, in 149 days.\n"
        "Nothing replaces it.\nReason: r\nOwner: o\nNothing in this project reads it anymore."
    )


def test_a_version_is_replaced_by_the_latest(wrong, at):
    (told,) = ours(at(wrong, "2026-02-01", "run", "-s", "people").warnings)
    assert told.split("\n")[:2] == [
        "people.v1 has been deprecated since 2026-01-01, and its sunset date is 2026-06-30, in 149 days.",
        "Use people.v2 instead.",
    ]


def test_a_disabled_model_says_nothing(wrong, at):
    assert ours(at(wrong, "2026-02-01", "compile", "-s", "off_and_old").warnings) == []


def test_an_ephemeral_model_cannot_be_emptied(wrong, at):
    words = ("run", "-s", "inlined", "reads_inlined", "--vars", "entity_kit_on_sunset: empty")
    outcome = at(wrong, "2026-06-30", *words)
    assert not outcome.success
    told = "\n".join(line.strip() for line in "\n".join(outcome.errors).split("\n"))
    assert (
        "deprecate: `entity_kit_on_sunset` must be error or warn for a model that is materialized as ephemeral; "
        'got "empty".\nIt has no relation that could stay without rows.'
    ) in told


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"sunset_date": "'2025-12-31'"},
            (
                'deprecate: `sunset_date` must be on or after deprecation_date, 2026-01-01; got "2025-12-31".\n'
                "Give consumers some time between the two."
            ),
        ),
        *(
            (
                {"deprecation_date": value},
                (
                    f"deprecate: `deprecation_date` must be a date as YYYY-MM-DD; got {shown}.\n"
                    "Write it in quotes, such as '2026-01-31'."
                ),
            )
            for value, shown in [
                ("'2026-1-1'", '"2026-1-1"'),
                ("'2026-02-29'", '"2026-02-29"'),
                ("'1900-02-29'", '"1900-02-29"'),
                ("'2026-13-01'", '"2026-13-01"'),
                ("'2026-00-10'", '"2026-00-10"'),
                ("'01/31/2026'", '"01/31/2026"'),
                ("'2026-01-01T00:00:00'", '"2026-01-01T00:00:00"'),
                ("20260101", "20260101"),
                ("soon", "an undefined name (are quotes missing?)"),
                ("none", "none"),
            ]
        ),
        (
            {"replacement": "dim_customers"},
            (
                "deprecate: `replacement` must be the name of a model, or none if nothing replaces it; "
                "got an undefined name (are quotes missing?).\nWrite it as text, in quotes, such as 'dim_customers'."
            ),
        ),
        (
            {"owner": "''"},
            (
                'deprecate: `owner` must be the person or team to contact; got "".\n'
                "Write it as text, in quotes, such as 'customer data team'."
            ),
        ),
        (
            {"reason": "none"},
            (
                "deprecate: `reason` must be text that says why; got none.\n"
                "Write it as text, in quotes, such as 'one row per person replaces one per account'."
            ),
        ),
        (
            {"migration_guide": "12"},
            (
                "deprecate: `migration_guide` must be text or an address; got 12.\n"
                "Write it as text, in quotes, such as 'docs/customers.md'."
            ),
        ),
    ],
)
def test_refused_at_once(refused, changes, message):
    assert refused("{{ " + call(**changes) + " }} select 1 as x") == message


@pytest.mark.parametrize("date", ["2024-02-29", "2000-02-29", "2026-12-31"])
def test_dates_that_exist(render, date):
    assert render("{{ entity_kit._date('m', 'a', '" + date + "') }}") == date


def test_days_are_counted_as_the_calendar_does(render):
    import datetime as dt

    days = [dt.date(1999, 12, 28) + dt.timedelta(days=37 * n) for n in range(120)]
    text = (
        "{% for d in "
        + repr([str(d) for d in days])
        + " %}{{ entity_kit._day_number(d) }} {% endfor %}"
    )
    numbers = [int(word) for word in render(text).split()]
    assert [n - numbers[0] for n in numbers] == [(d - days[0]).days for d in days]
