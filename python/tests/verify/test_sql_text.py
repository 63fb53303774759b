"""When two compiled statements differ in form only."""

from __future__ import annotations

import pytest

from entity_kit.verify.deploy.forms import without_jinja
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


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (
            "{{ config(a=f(1)) }} select a from {{ ref('t') }}",
            "select a -- b\nfrom {{ref('t')}}",
            True,
        ),
        ("select a from {{ ref('t') }}", "{# b #} select a from {{ ref('t') }}", True),
        ("select a from {{ ref('t') }}", "select a from {{ ref('u') }}", False),
        ("select a from {{ ref('t') }}", "select b from {{ ref('t') }}", False),
        ("select {% if x %} a {% endif %}", "select {% if y %} a {% endif %}", False),
    ],
)
def test_the_text_of_a_model_with_jinja(one, other, same):
    assert is_same(without_jinja(one), without_jinja(other), "duckdb") is same
