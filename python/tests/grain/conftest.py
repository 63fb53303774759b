"""The dbt project of the macros' tests, for the grain family."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

_path = Path(__file__).resolve().parents[1] / "package" / "conftest.py"
_spec = importlib.util.spec_from_file_location("package_conftest", _path)
assert _spec is not None
assert _spec.loader is not None
_shared = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_shared)

engine = _shared.engine
make_project = _shared.make_project
empty_project = _shared.empty_project
render = _shared.render
refused = _shared.refused
warehouse = _shared.warehouse


@pytest.fixture(scope="session")
def run_error() -> type[AssertionError]:
    """Give what a failed dbt run raises. As a fixture: other folders have a conftest of their own."""
    return _shared.RunError
