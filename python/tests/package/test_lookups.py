"""How often a model's macros ask for the columns of what it reads: each time is a query."""

from collections import Counter

import pytest
import yaml

SOURCES = yaml.safe_dump(
    {"sources": [{"name": "raw", "schema": "main", "tables": [{"name": "events"}]}]}
)
GIVEN = "source('raw', 'events'), {}loaded_at='loaded_at', row_key='event_id'"
MODELS = {
    "of_days": "grain_table('day', 'who', "
    + GIVEN.format("occurred_at='happened_at', ")
    + ", spine='sparse')",
    "of_entities": "entity_model("
    + GIVEN.format("business_key='who', updated_at='happened_at', attributes=['kind'], ")
    + ")",
    "of_sessions": "sessions("
    + GIVEN.format("user_key='who', occurred_at='happened_at', updated_at='happened_at', ")
    + ", attributes=['kind'])",
    "of_links": "identity_map("
    + GIVEN.format(
        "nodes=[{'column': 'who', 'type': 'user'}, {'column': 'kind', 'type': 'kind'}], "
    )
    + ")",
}


@pytest.fixture(scope="module")
def project(make_project):
    made = make_project(
        {"sources.yml": SOURCES}
        | {f"{name}.sql": f"{{{{ entity_kit.{call} }}}}" for name, call in MODELS.items()}
    )
    made.execute(
        "create table events (event_id integer, who varchar, kind varchar, happened_at timestamp,"
        " loaded_at timestamp)"
    )
    return made


@pytest.mark.parametrize("name", MODELS)
def test_a_relation_is_looked_up_once_for_each_model(project, name, monkeypatch):
    from dbt.adapters.duckdb.impl import DuckDBAdapter

    asked, ask = Counter(), DuckDBAdapter.get_columns_in_relation

    def get_columns_in_relation(adapter, relation):
        asked[relation.identifier] += 1
        return ask(adapter, relation)

    monkeypatch.setattr(DuckDBAdapter, "get_columns_in_relation", get_columns_in_relation)
    project.run("run", "--select", name)
    assert asked["events"] == 1
