"""`deprecated_alias`, `alias_covers` and `not_past_sunset`."""

from __future__ import annotations

import pytest
import yaml

NEW = "select 1 as person_id, cast('Ada' as varchar(20)) as full_name, cast(3.5 as decimal(9, 2)) as spent, 7 as extra"
ALIASES = {
    "as_it_is": "{{ entity_kit.deprecated_alias('people') }}",
    "renamed": "{{ entity_kit.deprecated_alias('people', {'name': 'full_name', 'id': 'person_id'}) }}",
    "narrow": "{{ entity_kit.deprecated_alias('people', {'spent': 'spent', 'id': 'person_id'}, others='drop') }}",
    "derived": """{{ entity_kit.deprecated_alias('people', {
        'order': {'expression': 'person_id + 1', 'data_type': 'bigint'},
        'region': {'default': "o'er"},
        'score': {'default': none, 'data_type': 'integer'},
        'Name': {'column': 'full_name', 'data_type': 'text'},
    }, others='drop') }}""",
}
OLD = "select 1 as id, cast('Ada' as varchar(20)) as name, 'x' as lost"


@pytest.fixture(scope="module")
def project(make_project, engine):
    models = {f"{name}.sql": text for name, text in ALIASES.items()}
    gone = (
        "{{ entity_kit.deprecate('people', '2026-01-01', '2026-06-30', 'r', 'o') }} select 1 as x"
    )
    models |= {
        "people.sql": NEW,
        "old_copy.sql": OLD,
        "gone.sql": gone,
        "reads_gone.sql": "select * from {{ ref('gone') }}",
        "schema.yml": yaml.safe_dump(
            {
                "models": [
                    {
                        "name": "renamed",
                        "data_tests": [
                            {
                                "entity_kit.alias_covers": {
                                    "name": "by_table",
                                    "arguments": {"old_table": "ref('old_copy')"},
                                },
                            },
                            {
                                "entity_kit.alias_covers": {
                                    "name": "by_columns",
                                    "arguments": {"columns": {"id": "int", "extra": "bigint"}},
                                },
                            },
                            {
                                "entity_kit.alias_covers": {
                                    "name": "complete",
                                    "arguments": {
                                        "columns": {"id": "int", "spent": "decimal(9, 2)"}
                                    },
                                },
                            },
                        ],
                    },
                    *(
                        {
                            "name": name,
                            "data_tests": [
                                {"entity_kit.not_past_sunset": {"name": f"sunset_{name}"}}
                            ],
                        }
                        for name in ("gone", "reads_gone", "people")
                    ),
                ],
            },
        ),
    }
    project = make_project(models, engine=engine)
    project.run("run")
    return project


@pytest.mark.parametrize(
    ("model", "columns", "row"),
    [
        ("as_it_is", ["person_id", "full_name", "spent", "extra"], (1, "Ada", 3.5, 7)),
        ("renamed", ["name", "id", "spent", "extra"], ("Ada", 1, 3.5, 7)),
        ("narrow", ["spent", "id"], (3.5, 1)),
        ("derived", ["order", "region", "score", "Name"], (2, "o'er", None, "Ada")),
    ],
)
def test_the_old_name_gives_the_old_columns(project, model, columns, row):
    assert [tuple(map(_plain, each)) for each in project.query(f"select * from {model}")] == [row]
    found = project.query(
        "select column_name from information_schema.columns "
        f"where table_name = '{model}' and table_schema = '{project.schema}' order by ordinal_position",
    )
    assert [name for (name,) in found] == columns


def _plain(value):
    return float(value) if type(value).__name__ == "Decimal" else value


@pytest.mark.usefixtures("duckdb_only")
@pytest.mark.parametrize(
    ("test", "gaps"),
    [
        ("by_table", [("lost", "character varying(256)", None, "the alias lacks this column")]),
        (
            "by_columns",
            [("extra", "BIGINT", "INTEGER", "the alias has another type for this column")],
        ),
        ("complete", []),
    ],
)
def test_alias_covers_names_what_is_missing(project, test, gaps):
    assert project.query(project.compiled(test)) == gaps


def test_alias_covers_runs(project, at):
    outcome = at(project, "2026-01-01", "test", "-s", "by_table", "by_columns", "complete")
    assert outcome.statuses == {"by_table": "fail", "by_columns": "fail", "complete": "pass"}


def test_not_past_sunset(project, at):
    words = ("test", "-s", "sunset_gone", "sunset_reads_gone", "sunset_people")
    assert set(at(project, "2026-06-29", *words).statuses.values()) == {"pass"}
    assert at(project, "2026-06-30", *words).statuses == {
        "sunset_gone": "fail",
        "sunset_reads_gone": "fail",
        "sunset_people": "pass",
    }


def test_not_past_sunset_says_who_reads_what(project, at):
    at(project, "2026-06-30", "test", "-s", "sunset_reads_gone")
    folder = project.folder / "target/compiled/consumer/models/schema.yml"
    sql = (folder / "sunset_reads_gone.sql").read_text()
    rows = project.query(
        f"select model_name, replacement, owner, consumers, failure_reason from ({sql}) as t"
    )
    assert rows == [
        (
            "gone",
            "people",
            "o",
            "reads_gone",
            "it is past its sunset date, and reads_gone still reads it",
        ),
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            "people",
            (
                "deprecated_alias: `replacement` must be the name of a model; got an undefined name (are quotes "
                "missing?).\nWrite it as text, in quotes, such as 'dim_customers'."
            ),
        ),
        (
            "'people', ['a']",
            (
                "deprecated_alias: `columns` must be a mapping of each old column to what it is now; got ['a'].\n"
                "Write {'name': 'full_name'} where the column `name` is called `full_name` now."
            ),
        ),
        (
            "'people', {'a': {'defalt': 1}}",
            (
                "deprecated_alias: `columns.a` must be a mapping with  and, where needed, column, expression, default, "
                'data_type; got "defalt".\nClosest: default.'
            ),
        ),
        (
            "'people', {'a': {'data_type': 'int'}}",
            (
                "deprecated_alias: `columns.a` must be one of column, expression and default; got {'data_type': 'int'}.\n"
                "Use only one of them."
            ),
        ),
        (
            "'people', others='kep'",
            'deprecated_alias: `others` must be one of keep, drop; got "kep".\nClosest: keep.',
        ),
        (
            "'people', others='drop'",
            (
                "deprecated_alias: `columns` must be a mapping with at least one column if others is drop; got {}.\n"
                "Name the old columns, or leave `others` out."
            ),
        ),
    ],
)
def test_refused(refused, arguments, message):
    assert refused("{{ entity_kit.deprecated_alias(" + arguments + ") }}") == message


def test_a_new_column_that_is_not_there_is_refused(project):
    snippet = "{{ entity_kit.deprecated_alias('people', {'a': 'fullname'}) }}"
    assert project.refused("compile", "--inline", snippet) == (
        'deprecated_alias: `columns.a` must be a column of people; got "fullname".\n'
        "Its columns are person_id, full_name, spent, extra."
    )
