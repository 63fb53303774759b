"""When two compiled statements differ in form only."""

from __future__ import annotations

import pytest

from entity_kit.verify.sql_text import is_same


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("select a from t", "SELECT  a\n-- of t\nFROM t", True),
        ("select 'a b' from t", "select 'a  b' from t", False),
        ("select a from t", "select b from t", False),
        ("select a from t where x", "select a from t", False),
        ("select (((", "select (((", True),
        ("select (((", "select  (((", False),
    ],
)
def test_form_does_not_count(one, other, same):
    assert is_same(one, other, "duckdb") is same
