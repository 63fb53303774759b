"""Properties as the installed dbt reads them.

`arguments:` under a data test came with dbt 1.10.5, and dbt v2 demands it. Under an older dbt the arguments stand right
under the test; what the tests write for the later ones is read back for those.
"""

from __future__ import annotations

import importlib.metadata
from typing import Any

import yaml

DBT = tuple(int(part) for part in importlib.metadata.version("dbt-core").split(".")[:2])
# Of a minor version its last patch is what the tests run on.
KNOWS_ARGUMENTS = DBT >= (1, 10)


def as_this_dbt_reads(properties: str) -> str:
    """Return the text of a YAML file with the arguments where this dbt expects them."""
    if KNOWS_ARGUMENTS:
        return properties
    read = yaml.safe_load(properties)
    _unwrap(read)
    return yaml.safe_dump(read, sort_keys=False)


def _unwrap(node: Any) -> None:
    if isinstance(node, dict):
        for test in node.get("data_tests", []):
            for settings in test.values() if isinstance(test, dict) else ():
                settings.update(settings.pop("arguments", {}))
        for value in node.values():
            _unwrap(value)
    elif isinstance(node, list):
        for value in node:
            _unwrap(value)
