"""Columns are added to a model's entry in a YAML file, and nothing else in the file changes."""

from __future__ import annotations

import pytest
import yaml

from entity_kit.project_health.onboarding.yaml_edit import UneditableError, add_columns

REVENUE = {"name": "revenue", "description": "What they paid: net"}
ODD = {"name": "Seven Days", "quote": True, "description": "Of a week"}


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (
            "- name: daily",
            "- name: daily\n  columns:\n    - name: revenue\n      description: 'What they paid: net'",
        ),
        (
            "- {name: daily}",
            "- {name: daily, columns: [{name: revenue, description: 'What they paid: net'}]}",
        ),
        (
            "- name: daily\n  columns:  # none yet",
            "- name: daily\n  columns: [{name: revenue, description: 'What they paid: net'}]  # none yet",
        ),
        (
            "- name: daily\n  columns: []",
            "- name: daily\n  columns: [{name: revenue, description: 'What they paid: net'}]",
        ),
        (
            "- name: daily\n  columns: [{name: id}]",
            "- name: daily\n  columns: [{name: id}, {name: revenue, description: 'What they paid: net'}]",
        ),
        (
            "- name: daily\n  columns:\n  - {name: id}  # why\n  config: {enabled: true}",
            "- name: daily\n  columns:\n  - {name: id}  # why\n  - name: revenue\n    description: 'What they paid: net'\n  config: {enabled: true}",
        ),
        (
            "- name: daily\n  columns:\n    - name: REVENUE\n      data_tests: [not_null]\n    - name: id",
            "- name: daily\n  columns:\n    - name: REVENUE\n      description: 'What they paid: net'\n      data_tests: [not_null]\n    - name: id",
        ),
        (
            "- name: daily\n  columns:\n    - {name: revenue, data_tests: [not_null]}",
            "- name: daily\n  columns:\n    - {name: revenue, data_tests: [not_null], description: 'What they paid: net'}",
        ),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_each_way_of_writing_a_model(entry, expected, newline):
    text = f"models:\n- name: first\n{entry}\n- name: last\n".replace("\n", newline)
    whole = f"models:\n- name: first\n{expected}\n- name: last\n".replace("\n", newline)
    changed = add_columns(text, "daily", [REVENUE])
    assert changed.replace(" \r\n", "\r\n") == whole.replace(" \r\n", "\r\n")


def test_several_columns_and_what_is_there():
    text = "models:\n  - name: daily\n    columns:\n      - name: revenue\n        data_type: int"
    changed = add_columns(text, "daily", [ODD, REVENUE])
    assert yaml.safe_load(changed)["models"][0]["columns"] == [REVENUE | {"data_type": "int"}, ODD]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("models: [{name: other}]", "no entry for daily"),
        ("models:\n- name: daily\n  columns: {revenue: x}", "are no list"),
        ("models:\n- name: daily\n  columns:\n  - {name: revenue, description: ''}", "empty text"),
        ("a: &a [{name: id}]\nmodels:\n- name: daily\n  columns: *a\n", "an anchor"),
    ],
)
def test_what_cannot_be_changed_safely(text, said):
    with pytest.raises(UneditableError, match=said):
        add_columns(text, "daily", [REVENUE])
