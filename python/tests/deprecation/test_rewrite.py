"""The rewriter: which references change, what is left alone, and that the rest stays byte for byte."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entity_kit.project_health.rewrite.columns import Columns, Now
from entity_kit.project_health.rewrite.rewrite import Model, diff_lines, rewrite_sql
from entity_kit.project_health.rewrite.yaml import rewrite_yaml

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
            "line 2: a ref in a SQL comment or string; dbt still counts it",
        ),
        (
            "select /* {{ ref('old') }} */ 1",
            "line 1: a ref in a SQL comment or string; dbt still counts it",
        ),
        (
            "select '{{ ref('old') }}' as name",
            "line 1: a ref in a SQL comment or string; dbt still counts it",
        ),
        (
            "{{ config(post_hook=\"drop {{ ref('old') }}\") }}",
            "line 1: a string that contains a ref",
        ),
        ("{{ ref('old' ~ suffix) }}", "line 1: a ref with computed arguments"),
        ("{{ ref(name) }}", "line 1: a ref with computed arguments"),
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


RENAMED = Columns(
    {
        "name": Now("full_name"),
        "id": Now("person_id"),
        "score": Now(None, said="now it is `points / 10`"),
    },
)


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
            "select distinct o.id, renaming(o.names) from {{ ref('old') }} as o",
            "select distinct o.person_id as id, renaming(o.names) from {{ ref('new') }} as o",
        ),
    ],
)
def test_columns_are_renamed_where_it_is_certain(before, after):
    result = rewrite_sql(before, OLD, NEW, RENAMED)
    assert (result.text, result.left) == (after, ())


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            "select * from {{ ref('old') }}",
            (
                "line 1: `*` would return the new column names; and they aren't known: "
                "build both models, or list them by hand"
            ),
        ),
        (
            "select o.* from {{ ref('old') }} as o",
            (
                "line 1: `*` would return the new column names; and they aren't known: "
                "build both models, or list them by hand"
            ),
        ),
        (
            "select\n  o.score from {{ ref('old') }} as o",
            "line 2: `score`: now it is `points / 10`; rewrite it by hand",
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
    assert (result.changed, result.left) == (6, ("line 18: a ref in escaped text",))


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


COLUMNS = Columns(
    {"id": Now("customer_id"), "name": Now("full_name"), "amount": Now("revenue", "integer")},
    new=("customer_id", "full_name", "revenue", "since"),
    relations={("ref", "orders"): ("order_id", "customer_id", "name")},
)
CHECKED = Columns({}, "check", old=("id", "name", "gone"), new=("id", "name", "more"))
O = "{{ ref('old') }}"  # noqa: E741  (what each of these reads)
N = "{{ ref('new') }}"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        # Without the table, quoted, by the table's name.
        (f"select id, name from {O}", f"select customer_id as id, full_name as name from {N}"),
        (f'select c."id" from {O} c', f'select c."customer_id" as "id" from {N} c'),
        (f"select ID from {O}", f"select customer_id as ID from {N}"),
        (f"select old.id from {O}", f"select old.customer_id as id from {N} as old"),
        (f"select old.since from {O}", f"select old.since from {N} as old"),
        # Outputs keep their names, and `order by` means them.
        (f"select id as id from {O} order by id", f"select customer_id as id from {N} order by id"),
        (
            f"select id + 1 as n from {O} order by name",
            f"select customer_id + 1 as n from {N} order by full_name",
        ),
        (
            f"select name as id, id as k from {O} order by id",
            f"select full_name as id, customer_id as k from {N} order by id",
        ),
        # A name that would be ambiguous, or another's, gets its table.
        (
            f"select id, o.order_id from {O} c join {{{{ ref('orders') }}}} o on customer_id = id",
            (
                f"select c.customer_id as id, o.order_id from {N} c "
                "join {{ ref('orders') }} o on o.customer_id = c.customer_id"
            ),
        ),
        (
            f"select order_id from {{{{ ref('orders') }}}} where exists (select 1 from {O} where id = customer_id)",
            (
                "select order_id from {{ ref('orders') }} "
                f"where exists (select 1 from {N} where customer_id = orders.customer_id)"
            ),
        ),
        # Both models in one query.
        (
            f"select c.id from {O} c join {N} d on c.id = d.customer_id",
            f"select c.customer_id as id from {N} c join {N} d on c.customer_id = d.customer_id",
        ),
        (
            f"select old.id from {O} join {N} on old.id = new.customer_id",
            f"select old.customer_id as id from {N} as old join {N} on old.customer_id = new.customer_id",
        ),
        # Other scopes: a CTE, a subquery and another table may have columns of these names.
        (
            f"with a as (select 1 as id), b as (select id from {O}) select a.id, b.id as k from a, b",
            f"with a as (select 1 as id), b as (select customer_id as id from {N}) select a.id, b.id as k from a, b",
        ),
        (
            f"select name from (select id as name from {O}) as q",
            f"select name from (select customer_id as name from {N}) as q",
        ),
        # Stars.
        (
            f"select * from {O}",
            (
                "select customer_id as id, full_name as name, cast(revenue as integer) as amount, "
                f"since from {N}"
            ),
        ),
        (
            f"select\n  c.*,\n  1 as x\nfrom {O} c",
            (
                "select\n  c.customer_id as id,\n  c.full_name as name,\n"
                f"  cast(c.revenue as integer) as amount,\n  c.since,\n  1 as x\nfrom {N} c"
            ),
        ),
        (f"select count(*) as n from {O}", f"select count(*) as n from {N}"),
        # Casts.
        (
            f"select c.amount, max(amount) as m from {O} c group by c.amount",
            (
                f"select cast(c.revenue as integer) as amount, max(cast(revenue as integer)) as m from {N} c "
                "group by cast(c.revenue as integer)"
            ),
        ),
        # Jinja: conditions, variables, what writes nothing, what stands in a string.
        (
            (
                f"{{{{ config(unique_key='id') }}}}\nselect id from {O}\n{{% if x %}}where id > 1"
                "{% elif y %}where name = 'b'{% endif %}"
            ),
            (
                f"{{{{ config(unique_key='id') }}}}\nselect customer_id as id from {N}\n{{% if x %}}where customer_id > 1"
                "{% elif y %}where full_name = 'b'{% endif %}"
            ),
        ),
        (
            "{% set c = ref('old') %}select id from {{ c }}",
            "{% set c = ref('new') %}select customer_id as id from {{ c }}",
        ),
        (
            f"select id from {O} where name = '{{{{ var('x') }}}}' limit {{{{ var('n') }}}}",
            f"select customer_id as id from {N} where full_name = '{{{{ var('x') }}}}' limit {{{{ var('n') }}}}",
        ),
    ],
)
def test_columns_follow(before, after):
    result = rewrite_sql(before, OLD, NEW, COLUMNS, "duckdb")
    assert (result.text, result.left) == (after, ())


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            f"select 1 as x from {O} c join a using (id)",
            "`using (id)` needs one name on both sides",
        ),
        (f"select 1 as x from {O} c natural join a", "a natural join uses all columns"),
        (f"select id from {O} c join a on true", ""),
        (f"select since from {O} c join a on true", ""),
        (f"select c.since, customer_id from {O} c join a on true join b on true", "has a column"),
        (f"select * exclude (id) from {O}", "`*` would return the new column names"),
        (f"select columns('i.*') from {O}", "`columns(…)` picks columns by name"),
        (f"select c from {O} c", "`c` is the whole row"),
        (f"select count(c.*) as n from {O} c", "the whole row is used"),
        (f"select upper(name) from {O}", "an output column without a name"),
        (f"select upper(name) as name from {O} group by name", "`name` is also an output column"),
        (f"select a, b from {O} as c(a, b)", "the alias names the columns by their position"),
        (f"pivot {O} on name using count(*)", "the file isn't a single query"),
        (f"select {{{{ x }}}} from {O}", "Jinja generates SQL here"),
        (f"select c.{{{{ x }}}} from {O} c", "Jinja generates SQL here"),
        (f"select id from {O} {{{{ x }}}}", "Jinja generates SQL here"),
        (f"select x_{{{{ x }}}} from {O}", "Jinja generates part of a name here"),
        (f"select {O}.id from {O}", "the ref isn't in a plain `from`"),
        (f"select main.old.id from {O}", "a column with its table's schema"),
        ("select id from {{ f(ref('old')) }}", "Jinja passes the ref on"),
        (f"{{% set q %}}select id from {O}{{% endset %}}{{{{ q }}}}", "Jinja passes the ref on"),
        (f"select id from {O} where (", "sqlglot can't parse the SQL here"),
    ],
)
def test_what_is_uncertain_is_left(text, reason):
    result = rewrite_sql(text, OLD, NEW, COLUMNS, "duckdb")
    if reason:
        assert (result.text, result.changed) == (text, 0)
        assert any(reason in each for each in result.left), result.left
    else:
        assert (result.changed, result.left) == (1, ())


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (f"select id, c.name from {O} c", f"select id, c.name from {N} c"),
        (f"select gone from {O}", "`gone`: the replacement has no column of this name"),
        (f"select * from {O}", "`*` would return the new column names"),
        (
            f"select more from {O} c join (select 1 as more) as d on true",
            f"select d.more from {N} c",
        ),
    ],
)
def test_without_an_alias_the_columns_are_checked(before, after):
    result = rewrite_sql(before, OLD, NEW, CHECKED, "duckdb")
    assert after in (result.text if result.changed else result.left[0])


@pytest.mark.parametrize("text", [f"select id from {O}", f"select * from {O}"])
def test_without_an_alias_and_knowledge_nothing_is_guessed(text):
    result = rewrite_sql(text, OLD, NEW, Columns({}, "check"), "duckdb")
    assert (result.text, result.changed) == (text, 0)
    assert "aren't known" in result.left[0]


def test_another_type_is_no_mere_rename():
    columns = Columns(
        {}, "check", ("id",), ("id",), old_types={"id": "varchar"}, new_types={"id": "integer"}
    )
    result = rewrite_sql(f"select id from {O}", OLD, NEW, columns, "duckdb")
    assert result.left == (
        "line 1: `id`: it was varchar and is integer in the replacement; rewrite it by hand",
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("{to: ref('old'), field: id}", "{to: ref('new'), field: customer_id}"),
        ("{to: ref('old'), field: 'since'}", "{to: ref('new'), field: 'since'}"),
        ("{to: ref('old'), field: amount}", "`amount`: it is revenue, as integer"),
        (
            "{to: ref('old'), field: id, to_condition: id > 1}",
            "`to_condition` may name old columns",
        ),
        ("{compare_model: ref('old')}", "`compare_model` may be read by the columns' old names"),
        (
            "{expression: \"id in (select id from {{ ref('old') }})\"}",
            "{expression: \"id in (select customer_id as id from {{ ref('new') }})\"}",
        ),
    ],
)
def test_arguments_of_tests(before, after):
    text = f"models:\n  - name: m\n    data_tests:\n      - a_test: {before}\n"
    result = rewrite_yaml(text, OLD, NEW, COLUMNS, "duckdb")
    assert after in (result.text if result.changed else result.left[0])
    assert result.changed or result.text == text


SEMANTIC = """semantic_models:
  - name: people
    model: ref('old')
    entities:
      - name: id  # the key
        type: primary
      - {name: name, type: unique}
    dimensions:
      - name: since
        type: time
        expr: date_trunc('day', since)
      - name: called
        type: categorical
        expr: upper(name)
"""


def test_semantic_models():
    result = rewrite_yaml(SEMANTIC, OLD, NEW, COLUMNS, "duckdb")
    assert (result.changed, result.left) == (1, ())
    assert result.text == (
        SEMANTIC.replace("ref('old')", "ref('new')")
        .replace("- name: id  # the key", "- name: id\n        expr: customer_id  # the key")
        .replace("{name: name, type", "{name: name, expr: full_name, type")
        .replace("upper(name)", "upper(full_name)")
    )


def test_rows_under_an_anchor_are_left():
    text = """unit_tests:
  - name: t
    model: m
    given:
      - &given
        input: ref('old')
        rows: [{id: 1}]
      - *given
"""
    result = rewrite_yaml(text, OLD, NEW, COLUMNS, "duckdb")
    assert (result.text, result.changed) == (text, 0)
    assert "under a YAML anchor" in result.left[0]
