"""What dbt reported about a run: which model failed, and because of which."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from entity_kit.replay.outcome import Failure

if TYPE_CHECKING:
    from entity_kit.arrivals.model import Model
    from entity_kit.dbt_bridge.project import NodeResult, RunResult


# dbt-duckdb runs a Python model from a temporary file, another one each time.
_TEMPORARY = re.compile(r'(?<=File ")[^"\n]*[/\\]tmp\w{8}\.py(?=")')


def failure(state: int, model: Model, side: str, result: RunResult) -> Failure | None:
    own = result.nodes.get(model.unique_id)
    if own is not None and own.ok:
        return None
    failed = [node for node in result.nodes.values() if not node.ok and node.status != "skipped"]
    broken = [node for node in failed if node.unique_id in model.ancestors]
    # Where none of these failed, dbt skipped the model because a hook did.
    root = next(iter((*broken, *filter(is_hook, failed))), own)
    if root is None:
        return Failure(state, side, "dbt didn't run it")
    behind = short(root) if root in broken and root.unique_id != model.unique_id else ""
    message = _TEMPORARY.sub(f"{short(root)}.py", root.message) or root.status
    if root.unsupported is not None:
        message = str(root.unsupported)
    return Failure(state, side, f"{short(root)}: {message}".strip(), behind, root.unsupported)


def is_hook(node: NodeResult) -> bool:
    return node.unique_id.startswith("operation.")


def short(node: NodeResult) -> str:
    return node.unique_id.split(".", 2)[-1]


def compiled_sql(result: RunResult, model: Model) -> str:
    node = result.nodes.get(model.unique_id)
    return node.sql if node else ""


def ancestors_sql(result: RunResult, model: Model) -> dict[str, str]:
    """Return what dbt compiled the models above a model to, by the names of their nodes."""
    return {
        unique_id.split(".")[2]: node.sql
        for unique_id, node in result.nodes.items()
        if unique_id in model.ancestors and unique_id != model.unique_id and node.sql
    }
