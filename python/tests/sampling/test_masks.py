"""Rules for columns: what is read from the YAML, what needs one, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from entity_kit.errors import EntityKitError
from entity_kit.sampling.columns import Column, duckdb_type
from entity_kit.sampling.masks import (
    Mask,
    check_references,
    choose_masks,
    looks_personal,
    read_masks,
)
from entity_kit.sampling.parquet import as_text
from entity_kit.sampling.readers.reader import masked
from entity_kit.sampling.tables import Reference, Table

COLUMNS = {"id": "INTEGER", "email": "VARCHAR", "born_on": "DATE", "body": "JSON", "ref": "VARCHAR"}


def table(
    mask: Any = None, columns: dict[str, Any] | None = None, name: str = "shop.people"
) -> Table:
    meta = {} if mask is None else {"entity_kit": {"mask": mask}}
    own = {
        column: {"name": column, "config": {"meta": {"entity_kit": {"mask": rule}}}}
        for column, rule in (columns or {}).items()
    }
    source, _, short = name.partition(".")
    return Table(
        name,
        {"source_name": source, "name": short, "config": {"meta": meta}, "columns": own},
        "people",
        tuple(Column(column, kind) for column, kind in COLUMNS.items()),
    )


def refusal(*arguments: Any, **options: Any) -> str:
    with pytest.raises(EntityKitError) as caught:
        read_masks(table(*arguments, **options))
    return str(caught.value)


def test_rules_of_the_table_and_of_its_columns():
    given = table({"EMAIL": "hash", "body": None}, {"ref": {"constant": 7}, "born_on": "null"})
    assert read_masks(given) == {
        "email": Mask("hash"),
        "body": Mask("null"),
        "ref": Mask("constant", "7"),
        "born_on": Mask("null"),
    }


def test_wrong_rules_are_refused():
    assert refusal({"mail": "hash"}) == (
        "shop.people has no column `mail` (named by `mask`); it has id, email, born_on, body, ref.\n"
        "Closest: email."
    )
    assert refusal({"email": "hsh"}) == (
        "shop.people.email: `mask` must be hash, null, keep, or {constant: X}; got 'hsh'.\n"
        "Closest: hash."
    )
    assert refusal({"email": {"constnat": 1}}).endswith("Closest: constant.")
    assert refusal(["email"]).startswith("shop.people: `mask` must be a mapping of columns")
    assert "has two rules: hash for the table, and keep for the column" in refusal(
        {"email": "hash"}, {"email": "keep"}
    )
    assert refusal({"born_on": "hash"}).startswith("shop.people.born_on can't be hashed")


def test_a_text_without_a_rule_is_refused_with_the_yaml_to_add():
    with pytest.raises(EntityKitError) as caught:
        choose_masks([table()], {"shop.people": ["ref"]}, None)
    assert str(caught.value) == (
        "These columns may hold personal data, and no rule says what to do with it:\n"
        "  shop.people: email, body\n"
        "Give each a rule (hash, null, keep, or {constant: X}), or pass --mask-default:\n"
        "sources:\n"
        "  - name: shop\n"
        "    tables:\n"
        "      - name: people\n"
        "        config: {meta: {entity_kit: {mask: {email: hash, body: null}}}}"
    )


@pytest.mark.parametrize(
    ("default", "body"), [("hash", "null"), ("null", "null"), ("keep", "keep")]
)
def test_a_default_is_for_columns_without_a_rule(default, body):
    found = choose_masks([table({"ref": "keep"})], {}, default)
    assert found == {
        "shop.people": {"ref": Mask("keep"), "email": Mask(default), "body": Mask(body)}
    }


@pytest.mark.parametrize(
    "name",
    ["email", "customer_email", "CustomerEmail", "EMAIL", "first_name", "zipCode", "ip", "e_mail"],
)
def test_personal_names(name):
    assert looks_personal(name)


@pytest.mark.parametrize(
    "name", ["ship", "amount", "zipped", "renamed_at", "status", "sku", "ipsum"]
)
def test_other_names(name):
    assert not looks_personal(name)


def test_a_personal_name_needs_a_rule_even_as_a_key_or_a_number():
    people = Table("shop.p", {}, "p", (Column("phone", "BIGINT"), Column("email", "VARCHAR")))
    assert choose_masks([people], {"shop.p": ["email"]}, "hash") == {
        "shop.p": {"phone": Mask("hash"), "email": Mask("hash")}
    }


def test_a_reference_must_find_its_row_after_masking():
    tables = {name: table(name=name) for name in ("shop.a", "shop.b")}
    reference = Reference("shop.a", "ref", "shop.b", "id")

    def refused(a: Mask, b: Mask) -> str:
        with pytest.raises(EntityKitError) as caught:
            check_references([reference], tables, {"shop.a": {"ref": a}, "shop.b": {"id": b}})
        return str(caught.value)

    assert "their rules differ: hash and keep" in refused(Mask("hash"), Mask("keep"))
    assert "their types differ, so their hashes would, too" in refused(Mask("hash"), Mask("hash"))
    check_references([reference], tables, {"shop.a": {"ref": Mask("null")}, "shop.b": {}})


def test_the_same_value_has_the_same_hash_and_another_key_another_one():
    assert masked("7", "text", "secret") == masked("7", "text", "secret")
    assert masked("7", "text", "secret") != masked("7", "text", "another")
    assert 0 <= int(masked("7", "integer", "secret")) < 2**60
    assert len(masked("7", "uuid", "secret").split("-")) == 5


@pytest.mark.parametrize(
    ("adapter", "declared", "expected"),
    [
        ("postgres", "numeric(10,2)", "DECIMAL(10, 2)"),
        ("postgres", "numeric", "DECIMAL"),
        ("postgres", "jsonb", "JSON"),
        ("postgres", "text[]", "TEXT[]"),
        ("postgres", "character varying(20)", "VARCHAR"),
        ("postgres", "timestamp with time zone", "TIMESTAMPTZ"),
        ("postgres", "shop.mood", "VARCHAR"),
        ("postgres", "inet", "VARCHAR"),
        ("snowflake", "NUMBER(38,0)", "DECIMAL(38, 0)"),
        ("snowflake", "TIMESTAMP_NTZ", "TIMESTAMP"),
        ("snowflake", "VARIANT", "JSON"),
        ("bigquery", "INT64", "BIGINT"),
        ("bigquery", "STRUCT<a INT64>", "STRUCT(a BIGINT)"),
        ("bigquery", "DATETIME", "TIMESTAMP"),
        ("bigquery", "BYTES", "BLOB"),
        ("redshift", "super", "JSON"),
    ],
)
def test_types_of_warehouses(adapter, declared, expected):
    assert duckdb_type(declared, adapter) == expected


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        (None, "VARCHAR", None),
        ("", "VARCHAR", ""),
        (b"\x00\xff", "BLOB", "AP8="),
        ({"a": [1]}, "JSON", '{"a": [1]}'),
        (["x"], "TEXT[]", '["x"]'),
        (3.0, "INTEGER", "3"),
        (True, "BOOLEAN", "true"),
    ],
)
def test_values_of_drivers(value, kind, expected):
    assert as_text(value, Column("c", kind)) == expected
