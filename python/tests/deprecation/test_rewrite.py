"""The rewriter: which references change, what is left alone, and that the rest stays byte for byte."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entity_kit.rewrite import Model, diff_lines, rewrite_sql, rewrite_yaml

pytestmark = pytest.mark.slow

OLD = Model("old", "shop")
NEW = Model("new", "shop")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("select * from {{ ref('old') }}", "select * from {{ ref('new') }}"),
        ('{{ref("old")}}', '{{ref("new")}}'),
        ("{{- ref( 'old' ) -}}", "{{- ref( 'new' ) -}}"),
        ("{{ ref('shop', 'old') }}", "{{ ref('shop', 'new') }}"),
        ("{{ builtins.ref('old') }}", "{{ builtins.ref('new') }}"),
        ("{% set a = ref('old') %} {{ a }}", "{% set a = ref('new') %} {{ a }}"),
        ("{{ f(ref('old'), ref('older')) }}", "{{ f(ref('new'), ref('older')) }}"),
        (
            "a\r\n  {%- if x %}\r\n{{ ref('old') }}\r\n",
            "a\r\n  {%- if x %}\r\n{{ ref('new') }}\r\n",
        ),
        ("-- it's\n{{ ref('old') }}", "-- it's\n{{ ref('new') }}"),
        ("'it''s' {{ ref('old') }}", "'it''s' {{ ref('new') }}"),
        (
            "{{ ref('old') }} 🧊 /* ' */ {{ ref('old') }}",
            "{{ ref('new') }} 🧊 /* ' */ {{ ref('new') }}",
        ),
    ],
)
def test_rewritten(before, after):
    assert rewrite_sql(before, OLD, NEW).text == after


@pytest.mark.parametrize(
    "text",
    [
        "{{ ref('older') }}",
        "{{ ref('other_package', 'old') }}",
        "{{ x.ref('old') }}",
        "{{ my_ref('old') }}",
        "select 'ref(old)', old from old",
        "{# {{ ref('old') }} #}",
        "{% raw %}{{ ref('old') }}{% endraw %}",
        "{{ source('old', 'old') }}",
        "{{ ref('old', v=2) }}",
    ],
)
def test_not_a_reference_of_it(text):
    result = rewrite_sql(text, OLD, NEW)
    assert (result.text, result.changed, result.left) == (text, 0, ())


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            "select 1\n-- from {{ ref('old') }}\n",
            "line 2: a ref in an SQL comment or string; dbt still counts it",
        ),
        (
            "select /* {{ ref('old') }} */ 1",
            "line 1: a ref in an SQL comment or string; dbt still counts it",
        ),
        (
            "select '{{ ref('old') }}' as name",
            "line 1: a ref in an SQL comment or string; dbt still counts it",
        ),
        ("{{ config(post_hook=\"drop {{ ref('old') }}\") }}", "line 1: a string that holds a ref"),
        ("{{ ref('old' ~ suffix) }}", "line 1: a ref whose arguments are computed"),
        ("{{ ref(name) }}", "line 1: a ref whose arguments are computed"),
        ("{{ 'unclosed }}", "line 1: Jinja can't read it: unexpected char \"'\" at 3"),
    ],
)
def test_left_and_said_so(text, reason):
    result = rewrite_sql(text, OLD, NEW)
    assert (result.text, result.changed, result.left) == (text, 0, (reason,))


def test_versions():
    first, latest = Model("p", "shop", "1", is_latest=False), Model("p", "shop")
    assert rewrite_sql("{{ ref('p', v=1) }} {{ ref('p') }}", first, latest).text == (
        "{{ ref('p') }} {{ ref('p') }}"
    )
    assert rewrite_sql("{{ ref('p', version='1') }}", first, NEW).text == "{{ ref('new') }}"
    pinned = Model("new", "crm", "3", is_latest=False)
    assert rewrite_sql("{{ ref('old') }}", OLD, pinned).text == "{{ ref('crm', 'new', v=3) }}"


RENAMED = {"name": "full_name", "id": "person_id", "score": None}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "select o.name, o.id as key, upper(o.name) as up, b.name from {{ ref('old') }} as o join b on o.id = b.id",
            (
                "select o.full_name as name, o.person_id as key, upper(o.full_name) as up, b.name "
                "from {{ ref('new') }} as o join b on o.person_id = b.id"
            ),
        ),
        (
            "select o.id -- the o.name\nfrom {{ ref('old') }} o order by o.name, o.id",
            "select o.person_id as id -- the o.name\nfrom {{ ref('new') }} o order by o.full_name, o.person_id",
        ),
        (
            "select count(*), o.other, 'o.name' from {{ ref('old') }} as o group by o.name",
            "select count(*), o.other, 'o.name' from {{ ref('new') }} as o group by o.full_name",
        ),
        ("select other from {{ ref('old') }}", "select other from {{ ref('new') }}"),
        (
            "select distinct o.id, rename(o.names) from {{ ref('old') }} as o",
            "select distinct o.person_id as id, rename(o.names) from {{ ref('new') }} as o",
        ),
    ],
)
def test_columns_are_renamed_where_it_is_certain(before, after):
    result = rewrite_sql(before, OLD, NEW, RENAMED)
    assert (result.text, result.left) == (after, ())


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("select name from {{ ref('old') }}", "line 1: `name` has no table before it"),
        ("select * from {{ ref('old') }}", "line 1: `*` would give the new column names"),
        ("select o.* from {{ ref('old') }} as o", "line 1: `*` would give the new column names"),
        (
            "select\n  o.score from {{ ref('old') }} as o",
            "line 2: `score` is no column of the replacement",
        ),
    ],
)
def test_columns_that_are_not_certain_leave_the_file(text, reason):
    result = rewrite_sql(text, OLD, NEW, RENAMED)
    assert (result.text, result.changed, result.left) == (text, 0, (reason,))


YAML = """# ref('old') in a comment
exposures:
  - name: board
    description: "uses ref('old') and {{ ref('old') }}"
    depends_on: [ref('old'), ref("other"), 'ref("old")']
models:
  - name: x
    data_tests:
      - relationships:
          arguments: {to: ref('old'), field: id}
      - dbt_utils.expression_is_true:
          arguments: {expression: "id in (select id from {{ ref('old') }})"}
semantic_models:
  - model: "ref('old')"
unit_tests:
  - given:
      - input: ref('old')
      - input: 'ref(''old'')'
"""


def test_yaml():
    result = rewrite_yaml(YAML, OLD, NEW)
    after = result.text.split("\n")
    changed = [
        (a.strip(), b.strip()) for a, b in zip(YAML.split("\n"), after, strict=True) if a != b
    ]
    assert changed == [
        (
            "depends_on: [ref('old'), ref(\"other\"), 'ref(\"old\")']",
            "depends_on: [ref('new'), ref(\"other\"), 'ref(\"new\")']",
        ),
        (
            "arguments: {to: ref('old'), field: id}",
            "arguments: {to: ref('new'), field: id}",
        ),
        (
            "arguments: {expression: \"id in (select id from {{ ref('old') }})\"}",
            "arguments: {expression: \"id in (select id from {{ ref('new') }})\"}",
        ),
        ("- model: \"ref('old')\"", "- model: \"ref('new')\""),
        ("- input: ref('old')", "- input: ref('new')"),
    ]
    assert (result.changed, result.left) == (6, ("line 18: a ref in an escaped text",))


def test_yaml_that_is_none_is_left():
    result = rewrite_yaml("a: [ref('old')", OLD, NEW)
    assert result.changed == 0
    assert result.left[0].startswith("YAML can't be read: ")


PIECES = st.sampled_from(
    [
        *("{{ ref('old') }}", "{{ ref('o') }}", "{# ref('old') #}", "{%- set a = 1 -%}", "-- x'\n"),
        *("'a'", "/* ' */", " select ", "\n", "\r\n", "\r", "  ", "🧊", "{{- a }}", '"', "%"),
    ],
)


@given(st.lists(PIECES, max_size=12))
def test_nothing_else_ever_changes(pieces):
    text = "".join(pieces)
    result = rewrite_sql(text, OLD, NEW)
    assert result.text.replace("ref('new')", "ref('old')") == text
    assert result.text.count("ref('new')") == result.changed


def test_the_diff():
    assert list(diff_lines("m/a.sql", "a\nb\n", "a\nc\n")) == [
        *("--- a/m/a.sql", "+++ b/m/a.sql", "@@ -1,2 +1,2 @@", " a", "-b", "+c"),
    ]
