"""Stands in for the dbt package while sqlfluff renders a model: the model's own SQL is linted.

What the macros themselves write is held by tests that run it, on every engine.
"""

from __future__ import annotations

from typing import Any

MODELS = (
    "scd",
    "entity_model",
    "grain_",
    "one_big_table",
    "period_spine",
    "deprecated_alias",
    "anomal",
    "accumulating_snapshot",
    "metric_table",
    "session",
    "identity",
)


def __getattr__(name: str) -> Any:
    if name.startswith("_"):
        raise AttributeError(name)
    text = "select 1 as one" if name.startswith(MODELS) else "true"
    return lambda *_, **__: text
