"""The engines that verify can replay a project on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from entity_kit.dbt_bridge.adapter import require_adapter
from entity_kit.engines.duckdb import DuckDBScratch
from entity_kit.engines.postgres import Postgres
from entity_kit.engines.samples import SampledScratch
from entity_kit.engines.server import ServerScratch
from entity_kit.engines.spark import Spark
from entity_kit.engines.warehouses.engine import engine_of
from entity_kit.engines.warehouses.kinds import KINDS
from entity_kit.errors import EntityKitError

if TYPE_CHECKING:
    from pathlib import Path

    from entity_kit.dbt_bridge.dialect import Dialect
    from entity_kit.dbt_bridge.profiles import Target
    from entity_kit.engines.samples import Samples
    from entity_kit.engines.scratch import Scratch

# By the type of a profile's output. A new engine is a module like `postgres`, and a line here;
# a warehouse with a dbt adapter only needs a kind in `warehouses.kinds`.
SERVERS: dict[str, type[Any]] = {
    "postgres": Postgres,
    "spark": Spark,
    **{name: engine_of(kind) for name, kind in KINDS.items()},
}

_WITHOUT = ". Or verify without the warehouse, on DuckDB: --dialect {} --samples DIR."


def make_scratch(
    root: Path,
    target: Target,
    project_dir: Path,
    jobs: int,
    *,
    absent: bool = False,
    samples: Samples | None = None,
    written_in: Dialect | None = None,
) -> Scratch:
    """Create the scratch warehouses for a target: DuckDB files, or schemas on its engine.

    With `samples`, a DuckDB target needs no file. The project may be `written_in` another dialect.
    """
    kind = str(target.output.get("type"))
    if kind == "duckdb" and samples is not None:
        return SampledScratch(root, target, project_dir, jobs, samples, written_in=written_in)
    if samples is not None:
        raise EntityKitError(
            f"Files with rows (--samples, --synthetic) are loaded into DuckDB, but target `{target.name}` of profile "
            f"`{target.profile}` is of type {kind!r}.",
            fix="Name a duckdb target with --target, or say with --dialect what the models are "
            "written in.",
        )
    if kind == "duckdb":
        return DuckDBScratch(root, target, project_dir, jobs, absent=absent, written_in=written_in)
    if kind not in SERVERS:
        *others, last = ("duckdb", *SERVERS)
        raise EntityKitError(
            f"Target `{target.name}` of profile `{target.profile}` is of type {kind!r}; verify "
            f"replays projects on {', '.join(others)} and {last}.",
            fix="Add a duckdb output to the profile and name it with --target. A DuckDB file "
            "with a sample of the source rows is enough. Or, with `verify`, say with --dialect what "
            "the models are written in, and with --samples where a sample is.",
        )
    require_adapter(kind, _WITHOUT.format(kind) if kind in KINDS else "")
    return ServerScratch(root, target, project_dir, jobs, SERVERS[kind])
