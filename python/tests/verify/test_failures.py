"""What is kept of dbt's message about a model that failed."""

from __future__ import annotations

from types import SimpleNamespace

from entity_kit.dbt_bridge.project import NodeResult, RunResult
from entity_kit.replay.failures import failure

MODEL = SimpleNamespace(unique_id="model.shop.totals", ancestors=frozenset({"model.shop.totals"}))
MESSAGE = """Runtime Error in model totals (models/totals.py)
  Python model failed:
    File "/site-packages/dbt/adapters/duckdb/environments/__init__.py", line 286, in run_python_job
    File "/tmp/{}.py", line 102, in model
  KeyError: 'amount'"""


def failed(message):
    node = NodeResult(MODEL.unique_id, "error", message, 0.1, "")
    return failure(1, MODEL, "incremental", RunResult({MODEL.unique_id: node}, 0.2))


def test_a_python_models_temporary_file_is_named_as_the_model():
    # dbt-duckdb writes it to another file at each run, and deletes it.
    found = failed(MESSAGE.format("tmpav6gh18j"))
    assert found == failed(MESSAGE.format("tmp_x9kec5q"))
    assert 'File "totals.py", line 102, in model' in found.message
    assert "environments/__init__.py" in found.message


def test_another_file_keeps_its_name():
    assert 'File "/tmp/helpers.py", line 102' in failed(MESSAGE.format("helpers")).message
