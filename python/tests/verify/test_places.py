"""Which line of a model's file a cause points to."""

from __future__ import annotations

import pytest

from entity_kit.causes.places import locate

MODEL = """\
-- unique_key and is_incremental() in a comment mean nothing
{# {{ config(unique_key='x') }}
   {% if is_incremental() %} #}
{{ config(
    materialized='incremental',
    unique_key='order_id'
) }}
select *, current_timestamp as built_at from {{ source('shop', 'orders') }}
{% raw %}{% if is_incremental() %}{% endraw %}
{%- if is_incremental() %}
where loaded_at > (select max(loaded_at) from {{ this }})
{% endif %}
"""


@pytest.mark.parametrize(
    ("cause", "line", "what"),
    [
        ("late-arrival", 10, "the is_incremental() block"),
        ("unknown", 10, "the is_incremental() block"),
        ("duplicate-key", 6, "the unique_key"),
        ("null-key", 6, "the unique_key"),
        ("clock", 8, "the clock"),
    ],
)
def test_a_cause_points_to_its_line(cause, line, what):
    place = locate(MODEL, "models/fct.sql", cause)
    assert (place.path, place.line, place.what) == ("models/fct.sql", line, what)
    assert str(place) == f"models/fct.sql:{line} ({what})"


def test_windows_line_ends_count_once():
    assert locate(MODEL.replace("\n", "\r\n"), "models/fct.sql", "late-arrival").line == 10


def test_a_key_that_the_yaml_names_leaves_the_block():
    text = "select 1\n{% if is_incremental() %}where x{% endif %}"
    assert locate(text, "models/fct.sql", "duplicate-key").line == 2


def test_our_filters_say_what_is_read():
    text = "select 1\nwhere {{ entity_kit.incremental_filter('loaded_at') }}"
    assert str(locate(text, "m.sql", "late-arrival")) == "m.sql:2 (the incremental_filter)"


def test_a_python_model():
    text = (
        "# dbt.is_incremental\ndef model(dbt, session):\n    if dbt.is_incremental:\n        pass\n"
    )
    assert locate(text, "models/m.py", "late-arrival").line == 3


@pytest.mark.parametrize("text", ["", "select 1", "{% if", "is_incremental()"])
def test_no_line_where_there_is_none(text):
    place = locate(text, "models/m.sql", "late-arrival")
    assert (place.line, str(place)) == (None, "models/m.sql")
