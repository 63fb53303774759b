"""A declaration is added to a YAML file, and nothing else in the file changes."""

from __future__ import annotations

import difflib

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from entity_kit.project_health.onboarding.yaml_edit import (
    UneditableError,
    add_to_root,
    add_to_table,
    nested,
)

SMALL = {"config": {"loaded_at_field": "loaded_at"}}
WHOLE = {
    "config": {
        "loaded_at_field": "cast(x as timestamp)",
        "event_time": "ordered_at",
        "meta": {
            "entity_kit": {
                "row_key": ["a", "b c"],
                "delivery": {"late_by": {"days": 3}, "redelivers": True},
            }
        },
    }
}


def added(text, addition=WHOLE):
    """Add to orders, hold that no line but the added ones changes, and return these with `+`."""
    changed = add_to_table(text, "shop", "orders", addition)
    lines = list(difflib.ndiff(text.splitlines(), changed.splitlines()))
    return "\n".join(line for line in lines if line[0] != " ")


BLOCK = """\
# The shop's own tables.
version: 2

x-common: &common
  tags: ['a', "b"]   # aligned

sources:
  - name: shop   # the shop
    tables:
      - name: customers
        <<: *common
      - name: "orders"  # all of them
        description: >
          Orders; each
          # not a comment
          has one row.

        # What it has.
        columns:
          - {name: order_id,   data_tests: [unique]}
      - name: other

exposures: []
"""


def test_a_block_gets_lines_after_its_description_and_before_the_comment_of_its_columns():
    assert (
        added(BLOCK)
        == """\
+         config:
+           loaded_at_field: cast(x as timestamp)
+           event_time: ordered_at
+           meta:
+             entity_kit:
+               row_key: [a, b c]
+               delivery:
+                 late_by: {days: 3}
+                 redelivers: true"""
    )
    before, after = add_to_table(BLOCK, "shop", "orders", WHOLE).split("        config:\n")
    assert before.rstrip("\n").endswith("has one row.")
    assert after.partition("true\n")[2].lstrip("\n").startswith("        # What it has.\n")


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("- {name: orders}", "- {name: orders, config: {loaded_at_field: loaded_at}}"),
        ("- {name: orders, }", "- {name: orders, config: {loaded_at_field: loaded_at} }"),
        ("- {name: orders, config: {}}", "- {name: orders, config: {loaded_at_field: loaded_at}}"),
        (
            "- {name: orders, config: {event_time:  e}}",
            "- {name: orders, config: {event_time:  e, loaded_at_field: loaded_at}}",
        ),
        (
            "- {name: orders, config: }",
            "- {name: orders, config: {loaded_at_field: loaded_at} }",
        ),
        ("- name: orders", "- name: orders\n      config:\n        loaded_at_field: loaded_at"),
        (
            "- name: orders\n      config:  # none yet",
            "- name: orders\n      config:\n        loaded_at_field: loaded_at  # none yet",
        ),
        (
            "- name: orders\n      config:\n        # why\n        enabled: true",
            "- name: orders\n      config:\n        loaded_at_field: loaded_at\n        # why\n        enabled: true",
        ),
        (
            "- name: orders\n      config: {enabled: true}  # on",
            "- name: orders\n      config: {enabled: true, loaded_at_field: loaded_at}  # on",
        ),
        (
            "- description: first\n      name: orders\n      meta: {a: 1}",
            "- description: first\n      name: orders\n      config:\n        loaded_at_field: loaded_at\n      meta: {a: 1}",
        ),
    ],
)
@pytest.mark.parametrize("end", ["", "\n", "\n    - name: last\n"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_each_way_of_writing_an_entry(entry, expected, end, newline):
    start = "sources:\n- name: shop\n  tables:\n    "
    text = f"{start}{entry}{end}".replace("\n", newline)
    changed = add_to_table(text, "shop", "orders", SMALL)
    whole = f"{start}{expected}{end}".replace("\n", newline)
    assert changed.rstrip().replace(" \r\n", "\r\n") == whole.rstrip().replace(" \r\n", "\r\n")


@pytest.mark.parametrize("end", ["", "\n", "\n\n", "\n\n  - name: last\n"])
@pytest.mark.parametrize("style", ["|", ">", "|-", "|+", ">+"])
def test_a_long_text_keeps_its_blank_lines(style, end):
    text = f"sources:\n- name: shop\n  tables:\n  - name: orders\n    description: {style}\n      a\n\n      # b{end}"
    changed = add_to_table(text, "shop", "orders", SMALL)
    before = yaml.safe_load(text)["sources"][0]["tables"]
    after = yaml.safe_load(changed)["sources"][0]["tables"]
    assert after == [before[0] | SMALL, *before[1:]]


def test_what_is_declared_stays():
    text = (
        "sources:\n- name: shop\n  tables:\n  - name: orders\n    config:\n"
        "      event_time: 'mine'\n      meta: {entity_kit: {row_key: [x]}, owner: me}\n"
    )
    table = yaml.safe_load(add_to_table(text, "shop", "orders", WHOLE))["sources"][0]["tables"][0]
    assert table["config"]["event_time"] == "mine"
    assert table["config"]["meta"] == {
        "entity_kit": {
            "row_key": ["x"],
            "delivery": {"late_by": {"days": 3}, "redelivers": True},
        },
        "owner": "me",
    }


ALIAS = """\
sources:
- name: shop
  tables:
  - name: customers
    config: &all
      tags: [a]
  - name: orders
    config: *all
"""


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (ALIAS, "can't be changed safely (an anchor, perhaps)"),
        (ALIAS.replace("orders", "x").replace("customers", "orders"), "an anchor, perhaps"),
        ("sources: [{name: shop, tables: [{name: x}]}]", "it has no entry for shop.orders"),
        ("sources:\n- name: \"{{ var('s') }}\"\n  tables: [{name: orders}]", "has no entry"),
        ("sources: [", "it isn't valid YAML"),
        ("sources: [{name: shop, tables: [{name: orders, config: some text}]}]", "its `config` is no mapping"),
        ("- a", "it is no mapping"),
        ("", "it is no mapping"),
    ],
)  # fmt: skip
def test_what_cannot_be_changed_safely_is_refused(text, reason):
    with pytest.raises(UneditableError) as caught:
        add_to_table(text, "shop", "orders", WHOLE)
    assert reason in str(caught.value)


def test_a_merged_anchor_is_no_obstacle():
    text = (
        "x: &base {tags: [a]}\nsources:\n- name: shop\n  tables:\n"
        "  - name: orders\n    <<: *base\n  - name: other\n    <<: *base\n"
    )
    assert added(text, SMALL) == "+     config:\n+       loaded_at_field: loaded_at"


NAMES = st.text(
    st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), min_size=1, max_size=12
)


@pytest.mark.slow
@given(NAMES, NAMES, st.booleans())
@settings(max_examples=40, deadline=None, derandomize=True)
def test_any_name_and_any_value_come_back(table, value, flow):
    name = yaml.safe_dump([table], allow_unicode=True, default_flow_style=True, width=999)
    entry = f"{{name: {name.strip()[1:-1]}}}" if flow else f"name: {name.strip()[1:-1]}"
    text = f"sources:\n- name: shop\n  tables:\n  - {entry}  # here\n  - name: {'z' * 20}\n"
    addition = {"config": {"loaded_at_field": value, "meta": {"entity_kit": {"row_key": [value]}}}}
    changed = add_to_table(text, "shop", table, addition)
    entries = yaml.safe_load(changed)["sources"][0]["tables"]
    assert entries == [{"name": table, **addition}, {"name": "z" * 20}]
    assert "# here" in changed


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("name: own\n# end\n", "+ sources:\n+   pkg:\n+     shop:\n+       +loaded_at_field: x"),
        ("name: own", "+ sources:\n+   pkg:\n+     shop:\n+       +loaded_at_field: x"),
        (
            "name: own\nsources:\n  # ours\n  pkg:\n    other: {+enabled: true}\nvars: {}\n",
            "+     shop:\n+       +loaded_at_field: x",
        ),
    ],
)
def test_the_project_file(text, lines):
    changed = add_to_root(text, nested(["sources", "pkg", "shop"], {"+loaded_at_field": "x"}))
    found = difflib.ndiff(text.splitlines(), changed.splitlines())
    assert "\n".join(line for line in found if line[0] != " ") == lines
