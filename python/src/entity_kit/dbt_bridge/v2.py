"""What dbt v2 takes and tells otherwise than v1, beyond the flags that both understand."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

import yaml

from entity_kit.dbt_bridge.invocation import NodeResult
from entity_kit.dbt_bridge.microbatch import OwnBatches, commands, is_microbatch
from entity_kit.dbt_bridge.nodes import ancestors, selector
from entity_kit.warehouse import connect, fold, unquoted

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from entity_kit.dbt_bridge.invocation import Manifest
    from entity_kit.dbt_bridge.microbatch import Command

# Lets `run_started_at` stand at a time; the batches of microbatch models follow the machine's clock.
CLOCK = "DBT_RUN_STARTED_AT"

_FRAMES = re.compile(r"^ +(?:\d+: .*|at \S*/.*)\n?", re.MULTILINE)
# Where a node's SQL lies, in a scratch folder of ours whose name is new each time.
_SCRATCH = re.compile(r"\(\S*/target/(run|compiled)/")
_HEADING = re.compile(r"^=+ [\w ]+ =+$\n?", re.MULTILINE)


def is_v2(manifest: Manifest) -> bool:
    """Tell whether it was dbt v2 that parsed a project."""
    major = str(manifest.get("metadata", {}).get("dbt_version", "")).partition(".")[0]
    return major.isdigit() and int(major) >= 2


def plain(said: str) -> str:
    """Leave out of what dbt prints the frames of its own stack, and the names of scratch folders."""
    return _SCRATCH.sub(r"(\1/", _HEADING.sub("", _FRAMES.sub("", said))).strip()


class Dialect:
    """dbt v2 over one parsed project; `batches` says how its own choice differs from dbt v1's."""

    def __init__(self, manifest: Manifest) -> None:
        self.batches = OwnBatches()
        self._manifest = manifest
        self._nodes: dict[str, Manifest] = manifest["nodes"]
        self._by_selector = {selector(node): unique_id for unique_id, node in self._nodes.items()}

    def commands(
        self, select: Sequence[str], clock: datetime, profiles: Path, *, full_refresh: bool
    ) -> tuple[list[Command], list[str]]:
        """Cut a run into commands, so that microbatch models build the batches of this time.

        Second come the models that have no batch to build.
        """

        @cache
        def is_incremental(unique_id: str) -> bool:
            node = self._nodes[unique_id]
            own = node["config"].get("full_refresh")
            refreshed = full_refresh if own is None else own
            return not refreshed and _is_built(profiles, node)

        def is_idle(unique_id: str) -> bool:
            node = self._nodes[unique_id]
            return is_microbatch(node) and (
                self.batches.window(node["config"], clock, is_incremental=is_incremental(unique_id))
                is None
            )

        selected = {self._by_selector[each] for each in select}
        idle = sorted(filter(is_idle, selected))
        found = commands(
            self._nodes,
            self._manifest["parent_map"],
            selected.difference(idle),
            clock,
            lambda node: is_incremental(node["unique_id"]),
            self.batches.window,
        )
        return found, idle

    def microbatch_configs(self, unique_ids: Collection[str]) -> list[Mapping[str, Any]]:
        """Return the configurations of the microbatch models among these nodes."""
        nodes = (self._nodes[u] for u in sorted(unique_ids) if u in self._nodes)
        return [node["config"] for node in nodes if is_microbatch(node)]

    def selectors(self, command: Command) -> list[str]:
        return [selector(self._nodes[unique_id]) for unique_id in command.models]

    def below(self, command: Command, failed: Sequence[str]) -> list[str]:
        """Return the models of a command that read, at any distance, one of those that failed."""
        return [u for u in command.models if not ancestors(self._manifest, [u]).isdisjoint(failed)]

    def results(
        self, content: Mapping[str, Any], said: str, command: Command, target: Path
    ) -> dict[str, NodeResult]:
        """Read run_results.json: it has no SQL, and lacks microbatch models that failed."""
        found = {
            each["unique_id"]: NodeResult(
                each["unique_id"],
                each["status"],
                self._message(each, said),
                each["execution_time"],
                self._compiled(each["unique_id"], target),
            )
            for each in content["results"]
        }
        for unique_id in command.models:
            if unique_id not in found:
                message = _about(self._nodes[unique_id], said)
                sql = self._compiled(unique_id, target)
                found[unique_id] = NodeResult(unique_id, "error", message, 0.0, sql)
        return found

    def _message(self, result: Mapping[str, Any], said: str) -> str:
        message = plain(result.get("message") or "")
        node = self._nodes.get(result["unique_id"])
        # Of some errors the results hold the kind alone, such as "Compilation Error".
        is_bare = result["status"] == "error" and ":" not in message and "\n" not in message
        return _about(node, said) if is_bare and node else message

    def _compiled(self, unique_id: str, target: Path) -> str:
        node = self._nodes.get(unique_id)
        if node is None:
            return ""
        file = target / "compiled" / node["package_name"] / node["original_file_path"]
        return file.read_text(encoding="utf-8") if file.is_file() else ""


def _about(node: Manifest, said: str) -> str:
    """Return what dbt printed about one model; else all that it printed."""
    named = re.compile(rf"\bin model {re.escape(node['name'])} \(|{re.escape(node['unique_id'])}\b")
    for part in re.split(r"^\[\w+\] ", plain(said), flags=re.MULTILINE):
        if named.search(part):
            return re.sub(r"^\[[^\]]*\]: ", "", part).strip()
    return plain(said)


def _is_built(profiles: Path, node: Manifest) -> bool:
    """Tell whether a model has a table in the scratch warehouse of a profile."""
    ((_, profile),) = yaml.safe_load((profiles / "profiles.yml").read_text("utf-8")).items()
    ((_, output),) = profile["outputs"].items()
    files = {None: output["path"]} | {
        fold(unquoted(each["alias"])): each["path"]
        for each in output.get("attach") or []
        if not each.get("read_only") and "alias" in each
    }
    file = files.get(fold(node["database"]), files[None])
    with connect(file, read_only=True) as connection:
        found = connection.execute(
            "select count(*) from duckdb_tables() where not internal"
            " and lower(schema_name) = lower(?) and lower(table_name) = lower(?)",
            [node["schema"], node["alias"]],
        ).fetchone()
    return bool(found and found[0])
