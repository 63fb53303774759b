"""Proves, or disproves, that each incremental model of a dbt project equals its full refresh."""

from __future__ import annotations

import difflib
import os
import re
import shutil
import tempfile
import time
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from entity_kit.arrivals import cases, deliveries, timeline, trials
from entity_kit.arrivals import schedules as plans
from entity_kit.arrivals import sources as arriving
from entity_kit.arrivals.lateness import measure
from entity_kit.arrivals.model import Model
from entity_kit.arrivals.pace import ALL, names_clock, parse_pace, place_steps, too_few
from entity_kit.arrivals.shared_tables import one_a_table, with_namesakes
from entity_kit.arrivals.telling import telling
from entity_kit.causes import Laboratory
from entity_kit.causes.cause import Cause
from entity_kit.causes.places import locate, model_file
from entity_kit.compare import tolerance
from entity_kit.dbt_bridge import changed
from entity_kit.dbt_bridge.hooks import written_names
from entity_kit.dbt_bridge.profiles import for_all_models, load_target, read_project_file
from entity_kit.dbt_bridge.project import Project, ancestors
from entity_kit.engines.server import make_scratch
from entity_kit.errors import DbtError, EntityKitError, disk_is_full
from entity_kit.replay.progress import Progress
from entity_kit.replay.replay import Replay
from entity_kit.verify.judge import Judge, Replayed
from entity_kit.verify.results import ModelResult, ScheduleResult, Timing, Verdict, VerifyResult
from entity_kit.verify.search import search
from entity_kit.warehouse import QueryError, Relation, closest, fold, unquoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from entity_kit.arrivals.lateness import Lateness
    from entity_kit.arrivals.pace import Pace
    from entity_kit.arrivals.sources import Arrivals, Source
    from entity_kit.dbt_bridge.project import Manifest, Runner
    from entity_kit.engines.duckdb import Scratch
    from entity_kit.replay.outcome import Outcome
    from entity_kit.warehouse import Connection


def verify(
    project_dir: str | Path,
    *,
    profiles_dir: str | Path | None = None,
    profile: str | None = None,
    target: str | None = None,
    select: Sequence[str] = (),
    exclude: Sequence[str] = (),
    steps: int | str | None = None,
    every: str | None = None,
    at: Sequence[datetime] = (),
    schedules: Sequence[str] | None = None,
    seed: int = 0,
    variables: Mapping[str, Any] | None = None,
    dbt: str | None = None,
    jobs: int | None = None,
    examples: int = 0,
    replay: Sequence[str | Path] = (),
    lateness: bool = False,
    changed_since: str | None = None,
    progress: Progress | None = None,
) -> VerifyResult:
    """Replay a project's sources step by step and hold every incremental model to its refresh.

    `steps` is a number, or `"all"` for a run after each load; without it there are 5, and up to 10
    where fewer would miss what the record tells; or the project runs `every` "day" or "hour", or
    `at` these instants. `select` and `exclude` are dbt's own syntax; `schedules=None` means all
    that the declared deliveries allow, as does `["all"]`; `dbt` names an executable to use instead
    of dbt-core in this process. `examples` searches so many variations of each model that agrees, and shrinks what
    fails to a case; `replay` names files with such cases, and replays them and nothing else;
    `lateness` also measures how late rows come; `changed_since` names a git revision, and keeps to
    models that what changed since then touches.
    Raises EntityKitError for bad configuration, DbtError where dbt itself fails.
    """
    if examples < 0:
        raise EntityKitError(
            f"`examples` must be 0 or more; got {examples}.", fix="Use --examples 20."
        )
    recorded_cases = [(Path(file), cases.load(file)) for file in replay]
    pace = parse_pace(steps, every, at)
    chosen = tuple(dict.fromkeys(schedules)) if schedules is not None else None
    if chosen == ():
        raise EntityKitError("`schedules` is empty.", fix="Omit --schedules to run all of them.")
    plans.check_names(chosen or (), (*plans.RECORDED, *deliveries.NAMES, plans.CRASH, ALL))
    started = time.perf_counter()
    directory = Path(project_dir).expanduser().resolve()
    read_project_file(directory)
    files = None if changed_since is None else changed.changed_files(directory, changed_since)
    with _opened(
        directory,
        profiles_dir,
        target,
        profile=profile,
        variables=variables,
        dbt=dbt,
        jobs=_jobs(jobs),
        schedules=chosen or (),
        absent=bool(recorded_cases),
        progress=progress,
        started=started,
    ) as verification:
        if recorded_cases:
            return verification.replay(recorded_cases)
        return verification.run(
            select,
            exclude,
            pace,
            chosen,
            seed,
            examples=examples,
            lateness=lateness,
            files=files,
        )


def plan(
    project_dir: str | Path,
    *,
    profiles_dir: str | Path | None = None,
    target: str | None = None,
    select: Sequence[str] = (),
) -> dict[str, tuple[str, ...]]:
    """Name the schedules that `verify` would replay for each incremental model, without a run."""
    directory = Path(project_dir).expanduser().resolve()
    with _opened(directory, profiles_dir, target) as verification:
        return verification.plan(select)


def lookback(
    project_dir: str | Path,
    model: str,
    *,
    profiles_dir: str | Path | None = None,
    target: str | None = None,
    variables: Mapping[str, Any] | None = None,
    dbt: str | None = None,
    every: str = "day",
) -> tuple[Lateness, ...]:
    """Measure how late the rows of a model's sources come, and what each lookback costs.

    For a model that runs `every` hour, day or week and reads by event time. Nothing is run.
    """
    directory = Path(project_dir).expanduser().resolve()
    with _opened(directory, profiles_dir, target, variables=variables, dbt=dbt) as verification:
        return verification.lookback(model, every)


@contextmanager
def _opened(
    directory: Path,
    profiles_dir: str | Path | None,
    target: str | None,
    *,
    profile: str | None = None,
    variables: Mapping[str, Any] | None = None,
    dbt: str | None = None,
    jobs: int = 1,
    schedules: Sequence[str] = (),
    absent: bool = False,
    progress: Progress | None = None,
    started: float | None = None,
) -> Iterator[_Verification]:
    """Make what it takes to replay a project, and remove it all in the end."""
    given = dict(variables or {})
    profiles = Path(profiles_dir).expanduser().resolve() if profiles_dir else None
    found = load_target(
        directory, profiles_dir=profiles, profile=profile, target=target, variables=given
    )
    telling = progress or Progress()
    with (
        _scratch_folder() as folder,
        closing(make_scratch(folder, found, directory, jobs, absent=absent)) as scratch,
    ):
        project = Project(directory, folder, found.profile, found.name, given)
        before = time.perf_counter()
        runner = scratch.runner(project, dbt, telling.detail)
        importing_s = time.perf_counter() - before
        scratch.refuse(schedules)
        begun = before if started is None else started
        try:
            yield _Verification(project, scratch, runner, telling, begun, importing_s)
        finally:
            runner.stop()


@contextmanager
def _scratch_folder() -> Iterator[Path]:
    fix = "Set TMPDIR to a folder on a disk with more space."
    try:
        folder = Path(tempfile.mkdtemp(prefix="entity-kit-"))
    except OSError as error:
        raise EntityKitError(f"Can't create a scratch folder: {error}", fix=fix) from error
    try:
        yield folder
    except (EntityKitError, QueryError, OSError) as error:
        if not disk_is_full(str(error)):
            raise
        raise EntityKitError(
            f"There is no space left for the scratch folder {folder}.\n{error}", fix=fix
        ) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class _Verification:
    """One call of `verify`, from the parse to the verdicts."""

    def __init__(
        self,
        project: Project,
        scratch: Scratch,
        runner: Runner,
        progress: Progress,
        started: float,
        importing_s: float = 0.0,
    ) -> None:
        self._project = project
        self._scratch = scratch
        self._runner = runner
        self._progress = progress
        self._started = started
        # Seconds in dbt before the first step: its import, the parse, seeds.
        self._dbt_before = importing_s
        self._notes: list[str] = []
        self._left_out: list[tuple[str, str]] = []
        self._idle: set[str] = set()
        self._for_all = for_all_models(read_project_file(project.directory), "ignore_columns")
        self._lateness: tuple[Lateness, ...] = ()

    def run(
        self,
        select: Sequence[str],
        exclude: Sequence[str],
        pace: Pace,
        chosen: Sequence[str] | None,
        seed: int,
        *,
        examples: int = 0,
        lateness: bool = False,
        files: set[Path] | None = None,
    ) -> VerifyResult:
        manifest, models = self._parse(select, exclude)
        if files is not None:
            made = changed.touched(manifest, self._project.directory, files)
            models = [model for model in models if made & model.ancestors]
            if not models:
                self._notes.append("No incremental model is affected by the changes.")
                return self._nothing(seed)
        needed = _ancestors(manifest, [model.unique_id for model in models])
        self._build_template(manifest, needed)
        self._show_files(manifest, needed)
        self._seed(manifest, needed)
        self._progress.run("reading the sources")
        self._fetch(manifest, needed)
        with self._scratch.originals() as connection:
            sources = self._sources(connection, manifest, needed)
            measured = [self._measure(connection, source) for source in sources]
            # Only where steps are chosen among more loads: it reads the sources several times.
            if pace.steps is not None and timeline.distinct(measured) > pace.steps:
                measured = [
                    replace(
                        found, telling=telling(connection, source, found, _keys(source, models))
                    )
                    for source, found in zip(sources, measured, strict=True)
                ]
            if lateness:
                self._lateness = _lateness(connection, sources, "day")
        arriving_ids = {source.unique_id for source in sources}
        self._idle = {m.unique_id for m in models if not arriving_ids & m.ancestors}
        world = self._world(sources, measured, pace, idle=names_clock(manifest, needed))
        planned = self._planned(world, sources, chosen, seed)
        models = self._proven(planned, models)
        with Replay(self._scratch, self._runner, sources, self._progress) as replay:
            self._progress.plan(_count_runs(planned))
            outcomes: dict[tuple[str, str], Outcome] = {}
            for plan in planned:
                touched = [m for m in models if plan.concerns(m)]
                if touched:
                    outcomes |= replay.run(plan.world, plan.schedules, touched)
            laboratory = Laboratory(replay, self._scratch, tuple(sources))
            results = self._results(laboratory, planned, models, outcomes)
            if examples:
                looking = search.Search(
                    replay, laboratory, self._scratch, self._progress, sources, measured
                )
                searched = looking.run(
                    [m for m, r in zip(models, results, strict=True) if _searchable(m, r)],
                    _known(planned, models, results, outcomes),
                    world,
                    self._kinds(sources, chosen),
                    examples=examples,
                    steps=len(world.instants),
                    seed=seed,
                )
                self._notes += looking.notes
                results = tuple(
                    replace(r, schedules=(*r.schedules, searched[r.unique_id]))
                    if r.unique_id in searched
                    else r
                    for r in results
                )
        return self._finish(replay, results, world.instants, seed)

    def _finish(
        self,
        replay: Replay,
        results: tuple[ModelResult, ...],
        instants: tuple[datetime, ...],
        seed: int,
    ) -> VerifyResult:
        self._notes += [
            f"Hook {name} failed: {message}" for name, message in replay.failed_hooks.items()
        ]
        self._notes += self._runner.notes
        if replay.kills:
            self._notes.append(
                f"crash: {sum(replay.kills)} of {len(replay.kills)} runs were killed; the others "
                "had already ended."
            )
        return VerifyResult(
            models=results,
            seed=seed,
            steps=instants,
            timing=Timing(
                total_s=time.perf_counter() - self._started,
                dbt_s=self._dbt_before + replay.clock.dbt,
                compare_s=replay.clock.compare,
            ),
            notes=tuple(self._notes),
            left_out=tuple(self._left_out),
            lateness=self._lateness,
        )

    def _nothing(self, seed: int) -> VerifyResult:
        total = time.perf_counter() - self._started
        timing = Timing(total_s=total, dbt_s=self._dbt_before, compare_s=0.0)
        return VerifyResult((), seed, (), timing, tuple(self._notes))

    def replay(self, given: Sequence[tuple[Path, cases.Case]]) -> VerifyResult:
        """Replay cases from their files, each with its own rows."""
        names = sorted({case.model for _, case in given})
        manifest, models = self._parse(names, ())
        by_id = {model.unique_id: model for model in models}
        needed = _ancestors(manifest, by_id)
        self._build_template(manifest, needed)
        self._seed(manifest, needed)
        found: dict[str, list[ScheduleResult]] = {}
        clocks: tuple[datetime, ...] = ()
        for file, case in given:
            model = by_id.get(case.unique_id)
            if model is None:
                raise EntityKitError(
                    f"{file}: there is no incremental model {case.unique_id} any more.",
                    fix="Remove the file, or create the case again with --examples.",
                )
            sources = [self._case_source(manifest, file, table) for table in case.tables]
            with Replay(self._scratch, self._runner, sources, self._progress) as replay:
                self._progress.plan(sum(case.runs.values()) + len(case.clocks))
                result = search.replay_case(replay, self._scratch, model, case, file.name)
            self._dbt_before += replay.clock.dbt
            if result.verdict is Verdict.DIFFERS:
                place = locate(model.text, model.path, case.cause)
                cause = Cause(case.cause, case.explanation, place)
                result = replace(result, cause=cause)
            found.setdefault(case.unique_id, []).append(result)
            clocks = max(clocks, case.clocks, key=len)
        results = tuple(
            ModelResult(by_id[u].name, u, tuple(schedules), path=by_id[u].path)
            for u, schedules in found.items()
        )
        replay.clock.dbt = 0.0
        return self._finish(replay, results, clocks, given[0][1].seed)

    def _case_source(self, manifest: Manifest, file: Path, table: cases.Table) -> arriving.Source:
        node = manifest["sources"].get(table.unique_id) or manifest["nodes"].get(table.unique_id)
        if node is None:
            raise EntityKitError(
                f"{file}: the project has no source {table.name} any more.",
                fix="Remove the file, or create the case again with --examples.",
            )
        return arriving.Source(table.unique_id, table.name, _relation(node), "", "")

    def lookback(self, name: str, every: str) -> tuple[Lateness, ...]:
        """Measure the sources of a model that declare `event_time`."""
        with self._dbt("parsing the project"):
            manifest = self._runner.parse(self._scratch.create("parse").profiles)
        known = {
            node["name"]: unique_id
            for unique_id, node in manifest["nodes"].items()
            if node["resource_type"] == "model"
        }
        if name not in known:
            raise EntityKitError(
                f"There is no model `{name}` in the project.", fix=closest(name, list(known))
            )
        needed = _ancestors(manifest, [known[name]])
        self._build_template(manifest, needed)
        self._seed(manifest, needed)
        self._fetch(manifest, needed)
        with self._scratch.originals() as connection:
            sources = self._sources(connection, manifest, needed)
            found = _lateness(connection, sources, every)
        if not found:
            raise EntityKitError(
                f"No source of {name} declares when its rows happened (event_time): "
                f"{', '.join(source.name for source in sources)}.",
                fix="Add `event_time` next to loaded_at_field in the sources' YAML.",
            )
        return found

    def plan(self, select: Sequence[str]) -> dict[str, tuple[str, ...]]:
        manifest, models = self._parse(select, ())
        planned = {}
        for model in models:
            read = [
                arriving.Source(u, node["name"], _relation(node), "", **what)
                for u, node in _arriving(manifest, model.ancestors).items()
                if (what := arriving.declared(node)) is not None
            ]
            planned[model.name] = (*plans.RECORDED, *deliveries.allowed(read))
        return planned

    def _parse(self, select: Sequence[str], exclude: Sequence[str]) -> tuple[Manifest, list[Model]]:
        with self._dbt("parsing the project"):
            profiles = self._scratch.create("parse").profiles
            manifest = self._runner.parse(profiles)
            selected = self._runner.select(profiles, select, exclude)
        return manifest, self._models(manifest, selected, select, exclude)

    @contextmanager
    def _dbt(self, text: str) -> Iterator[None]:
        self._progress.run(text)
        before = time.perf_counter()
        yield
        self._dbt_before += time.perf_counter() - before
        self._progress.done()

    def _models(
        self,
        manifest: Manifest,
        selected: Sequence[str],
        select: Sequence[str],
        exclude: Sequence[str],
    ) -> list[Model]:
        nodes = manifest["nodes"]
        models = []
        for unique_id in sorted(selected):
            node = nodes.get(unique_id)
            if node is None or node["config"]["materialized"] != "incremental":
                continue
            above = _ancestors(manifest, [unique_id])
            external = [
                nodes[other]["name"]
                for other in above
                if other in nodes and nodes[other]["config"].get("materialized") == "external"
            ]
            if external:
                reason = f"it is built from the external model {external[0]}, which writes files"
                self._left_out.append((node["name"], reason))
                continue
            root = str(manifest["metadata"].get("project_name") or "")
            path, text = model_file(self._project.directory, root, node)
            models.append(replace(_read_model(node, nodes, above), path=path, text=text))
        if models:
            return models
        chosen = [
            f"--{option} {' '.join(words)}"
            for option, words in (("select", select), ("exclude", exclude))
            if words
        ]
        what = f"`{' '.join(chosen)}` leaves" if chosen else "The project has"
        if self._left_out:
            reasons = "\n".join(f"{name} is left out: {why}." for name, why in self._left_out)
            raise EntityKitError(f"{what} no incremental model to verify.", fix=reasons)
        every = sorted(
            node["name"]
            for node in nodes.values()
            if node["resource_type"] == "model" and node["config"]["materialized"] == "incremental"
        )
        known = f"Incremental models here: {', '.join(every[:20])}." if every else ""
        raise EntityKitError(f"{what} no incremental model.", fix=known or "Nothing to verify.")

    def _seed(self, manifest: Manifest, needed: set[str]) -> None:
        """Load the seeds once; every warehouse sees them through views."""
        seeds = [manifest["nodes"][u] for u in sorted(needed) if u.startswith("seed.")]
        if not seeds:
            return
        with self._dbt("loading seeds"):
            warehouse = self._scratch.create("seeds")
            result = self._runner.run(
                warehouse.profiles,
                "seed",
                [_selector(seed) for seed in seeds],
                clock=datetime.now(timezone.utc),
            )
        failed = [node for node in result.nodes.values() if not node.ok]
        if failed:
            # Where a hook failed, the seeds were skipped.
            node = next((node for node in failed if node.status != "skipped"), failed[0])
            kind, name = node.unique_id.split(".")[0], node.unique_id.split(".")[-1]
            raise DbtError(
                f"{kind.capitalize()} {name} failed.\n{node.message}",
                fix="Run `dbt seed` by hand and fix the error above.",
            )
        self._scratch.seeded_from(warehouse)
        views = {
            _relation(seed): f"select * from {self._scratch.seed_origin(_relation(seed))}"
            for seed in seeds
        }
        self._scratch.show(views)

    def _fetch(self, manifest: Manifest, needed: set[str]) -> None:
        declaring = [
            node
            for node in _arriving(manifest, needed).values()
            if arriving.declared(node) is not None
        ]
        self._scratch.fetch([_relation(node) for node in declaring])

    def _sources(
        self, connection: Connection, manifest: Manifest, needed: set[str]
    ) -> list[Source]:
        """Give the sources that declare how they arrive, among those that the models read."""
        read = _arriving(manifest, needed)
        found = []
        for unique_id, node in sorted(read.items()):
            what = arriving.declared(node)
            if what is None:
                continue
            relation = _relation(node)
            for field in ("loaded_at", "event_time"):
                what[field] = what[field] and self._scratch.expression(what[field], relation)
            source = arriving.Source(
                unique_id=unique_id,
                name=_source_name(node),
                relation=relation,
                origin=self._origin(node),
                fixed=self._scratch.fixed(relation),
                **what,
            )
            found.append(arriving.resolve(connection, source))
        found = one_a_table(found)
        if not found:
            names = sorted(_source_name(node) for node in read.values())
            example = next((n for n in read.values() if "source_name" in n), None)
            yaml = arriving.DECLARATION.format(
                source=example["source_name"] if example else "shop",
                table=example["name"] if example else "orders",
            )
            raise EntityKitError(
                "No source of these models declares when its rows arrive "
                f"(loaded_at_field). They read: {', '.join(names) or 'no sources'}.",
                fix=f"Add to the sources' YAML:\n\n{yaml}\n",
            )
        return found

    def _origin(self, node: Mapping[str, Any]) -> str:
        relation = _relation(node)
        if node["resource_type"] == "seed":
            return str(self._scratch.seed_origin(relation))
        file = self._scratch.location(node)
        if file is not None:
            return file
        origin = self._scratch.origin(relation)
        if origin is None:
            known = ", ".join(catalog.name for catalog in self._scratch.catalogs)
            raise EntityKitError(
                f"Source {_source_name(node)} lies in the database `{relation.database}`, which "
                f"is no local DuckDB file of the target (these are: {known}).",
                fix="Attach its DuckDB file in the profile, or remove loaded_at_field.",
            )
        return str(origin)

    def _show_files(self, manifest: Manifest, needed: set[str]) -> None:
        """Show sources that are files as views, where dbt was told to forget the files."""
        nodes = [manifest["sources"][u] for u in sorted(needed) if u in manifest["sources"]]
        found = [
            (node, file) for node in nodes if (file := self._scratch.location(node)) is not None
        ]
        if found and not self._runner.forgets_files:
            raise EntityKitError(
                f"Source {_source_name(found[0][0])} is a file (external_location), which can be "
                "shown step by step only with dbt-core in process.",
                fix="Omit --dbt, or load the file into a table.",
            )
        for node, file in found:
            self._show_file(node, file)

    def _show_file(self, node: Mapping[str, Any], file: str) -> None:
        try:
            self._scratch.show({_relation(node): f"select * from {file}"})
        except QueryError as error:
            raise EntityKitError(
                f"Source {_source_name(node)} can't be read.\n{error}",
                fix="Correct its external_location. A relative path is relative to the project.",
            ) from error

    def _measure(self, connection: Connection, source: Source) -> Arrivals:
        found = arriving.arrivals(connection, source, datetime.now(timezone.utc))
        if not found.rows:
            self._notes.append(f"{source.name} is empty.")
        if found.nulls:
            self._notes.append(
                f"{source.name}: {found.nulls:,} of {found.rows:,} rows have no loaded_at; "
                "they are visible from the first step on."
            )
        if found.future:
            self._notes.append(
                f"{source.name}: {found.future:,} of {found.rows:,} rows have a loaded_at in the "
                "future; they arrive at that time."
            )
        if found.beyond:
            self._notes.append(
                f"{source.name}: {found.beyond:,} of {found.rows:,} rows have a loaded_at beyond all "
                "steps; they never arrive."
            )
        if found.first is not None and found.first == found.last:
            self._notes.append(
                f"{source.name}: all rows have one loaded_at ({found.first:%Y-%m-%d %H:%M:%S}), "
                "so they arrive in one step."
            )
        return found

    def _build_template(self, manifest: Manifest, needed: set[str]) -> None:
        nodes = manifest["nodes"]
        named = {
            unique_id: node
            for unique_id, node in {**nodes, **manifest["sources"]}.items()
            if node.get("relation_name")
        }
        self._scratch.learn(named, {u: _relation(node) for u, node in named.items()}, needed)
        written = written_names(manifest)
        built = [
            _relation(node)
            for unique_id, node in nodes.items()
            if node["resource_type"] in {"model", "seed"}
            and node.get("relation_name")
            and (unique_id in needed or _relation(node).name.casefold() not in written)
        ]
        for unique_id in sorted(needed):
            if unique_id.startswith("snapshot."):
                why = (
                    "a snapshot isn't replayed; its table in the warehouse is read as it is"
                    if self._scratch.holds(_relation(nodes[unique_id]))
                    else "a snapshot that isn't in the warehouse yet: what reads it fails until "
                    "`dbt snapshot` has run"
                )
                self._left_out.append((nodes[unique_id]["name"], why))
        self._notes += self._scratch.build_template(built, written)

    def _world(
        self, sources: Sequence[Source], measured: Sequence[Arrivals], pace: Pace, *, idle: bool
    ) -> plans.RecordedWorld:
        zone = ZoneInfo(self._scratch.time_zone)
        instants = place_steps(pace, measured, zone, idle=idle)
        if not instants:
            empty = ", ".join(source.name for source in sources)
            raise EntityKitError(
                f"The declared sources have no row with a loaded_at: {empty}.",
                fix="Load some rows. Without arrivals there is nothing to replay.",
            )
        zones = {s.unique_id: found.zoned for s, found in zip(sources, measured, strict=True)}
        why = too_few(pace, instants)
        if why is not None:
            self._notes.append(why)
        return plans.RecordedWorld(instants, zones, zone, instants[0])

    def _kinds(self, sources: Sequence[Source], chosen: Sequence[str] | None) -> list[str]:
        """Give the deliveries that an example may have, of those that are asked for."""
        may = [name for name in deliveries.allowed(sources) if name != deliveries.STORM]
        if chosen is None or {ALL, deliveries.STORM} & set(chosen):
            return may
        return [name for name in may if name in chosen]

    def _planned(
        self,
        world: plans.RecordedWorld,
        sources: Sequence[Source],
        chosen: Sequence[str] | None,
        seed: int,
    ) -> list[_Plan]:
        """Plan what was asked for, or all that is allowed; refuse what no source allows."""
        may = deliveries.allowed(sources)
        names = _meant(chosen, may)
        for name in names:
            if name in deliveries.NAMES and name not in may:
                raise EntityKitError(
                    f"No source of these models declares a delivery that allows `{name}`.",
                    fix=f"Declare it under config.meta.entity_kit.delivery, or omit {name}.",
                )
        last = len(world.instants)
        recorded = [name for name in names if name in plans.RECORDED]
        planned = []
        if recorded:
            planned.append(_Plan(world, plans.recorded_schedules(recorded, last), None))
        if plans.CRASH in names:
            planned.append(_Plan(world, (plans.crash_schedule(last, seed),), None))
        drawn = [name for name in names if name in deliveries.NAMES]
        for source in sources:
            for name in drawn:
                why = deliveries.hindrance(source, name)
                if why is not None and name in deliveries.allowed([source]):
                    self._notes.append(f"{source.name}: {name} isn't simulated: {why}.")
        if drawn:
            with self._scratch.overlays(deliveries.CATALOG) as connection:
                for name in drawn:
                    altered = deliveries.alter(connection, world, sources, name, seed)
                    schedule = deliveries.schedule(name, last)
                    planned.append(_Plan(altered, (schedule,), frozenset(altered.overlays)))
        trials.refuse_single_runs([s for plan in planned for s in plan.schedules], last)
        return planned

    def _proven(self, planned: Sequence[_Plan], models: Sequence[Model]) -> list[Model]:
        """Leave out the models that no schedule runs incrementally; refuse where none is left."""
        proven = [
            model
            for model in models
            if any(
                plan.concerns(model) and any(map(trials.runs_again, plan.schedules))
                for plan in planned
            )
        ]
        left = [model.name for model in models if model not in proven]
        if not proven:
            raise EntityKitError(
                f"Nothing would be tested for {', '.join(left)}: no chosen schedule runs them "
                "incrementally.",
                fix="Choose schedules that their sources allow, or omit --schedules.",
            )
        self._left_out += [(name, trials.UNPROVEN) for name in left]
        return proven

    def _results(
        self,
        laboratory: Laboratory,
        planned: Sequence[_Plan],
        models: Sequence[Model],
        outcomes: Mapping[tuple[str, str], Outcome],
    ) -> tuple[ModelResult, ...]:
        """Judge each model after those that it is built from, whose difference may be its own."""
        found: dict[str, ModelResult] = {}
        for model in sorted(models, key=lambda each: len(each.ancestors)):
            above = [
                (parent, found[parent.unique_id])
                for parent in models
                if parent.unique_id in found and parent.unique_id in model.ancestors
            ]
            found[model.unique_id] = self._result(laboratory, planned, model, outcomes, above)
        return tuple(found[model.unique_id] for model in models)

    def _result(
        self,
        laboratory: Laboratory,
        planned: Sequence[_Plan],
        model: Model,
        outcomes: Mapping[tuple[str, str], Outcome],
        above: Sequence[tuple[Model, ModelResult]],
    ) -> ModelResult:
        own = {
            schedule.name: Replayed(plan.world, schedule, outcomes[schedule.name, model.unique_id])
            for plan in planned
            for schedule in plan.schedules
            if (schedule.name, model.unique_id) in outcomes
        }
        judge = Judge(laboratory, self._progress, model, above)
        results = judge.results(own)
        excused = {name for each in own.values() for name in each.outcome.excused}
        notes = [
            f"{declaration} {', '.join(unused)} but nothing {did} there. Remove the declaration."
            for declaration, names, did in (
                ("`diverges` is declared for", model.diverges, "diverged"),
                ("`ignore_columns` names", model.ignore, "differed"),
            )
            # What a whole folder of models may ignore need not differ in each of them.
            if (unused := [n for n in names if n not in excused and fold(n) not in self._for_all])
            and not any(each.outcome.failure for each in own.values())
        ]
        if model.unique_id in self._idle:
            notes.append(
                "none of its sources declares when its rows arrive (loaded_at_field): every run read "
                "the same rows."
            )
        found = ModelResult(model.name, model.unique_id, results, (), model.path)
        return replace(found, notes=(*judge.notes, *notes, *map(str, found.rounding)))


@dataclass(frozen=True, slots=True)
class _Plan:
    """Schedules over one world; `sources` are those it alters, None where it concerns them all."""

    world: plans.RecordedWorld
    schedules: tuple[plans.Schedule, ...]
    sources: frozenset[str] | None

    def concerns(self, model: Model) -> bool:
        return self.sources is None or bool(self.sources & model.ancestors)


def _meant(chosen: Sequence[str] | None, may: Sequence[str]) -> Sequence[str]:
    """Name the schedules that are asked for; runs are killed only where that is said by name."""
    if chosen is not None and ALL not in chosen:
        return chosen
    named = [plans.CRASH] if chosen is not None and plans.CRASH in chosen else []
    return (*plans.RECORDED, *may, *named)


def _lateness(
    connection: Connection, sources: Sequence[Source], every: str
) -> tuple[Lateness, ...]:
    return tuple(measure(connection, s, every) for s in sources if s.event_time is not None)


def _searchable(model: Model, result: ModelResult) -> bool:
    return not model.diverges and result.verdict in {Verdict.AGREES, Verdict.DIFFERS}


def _known(
    planned: Sequence[_Plan],
    models: Sequence[Model],
    results: Sequence[ModelResult],
    outcomes: Mapping[tuple[str, str], Outcome],
) -> dict[str, search.Found]:
    """Give, of each model that differs, the first schedule that shows it."""
    found: dict[str, search.Found] = {}
    for model, result in zip(models, results, strict=True):
        for told in result.schedules:
            if told.verdict is not Verdict.DIFFERS or told.cause is None or told.failure:
                continue
            world, schedule = next(
                (plan.world, schedule)
                for plan in planned
                for schedule in plan.schedules
                if schedule.name == told.schedule
            )
            outcome = outcomes[told.schedule, model.unique_id]
            if model.unique_id not in found and outcome.facts is not None:
                found[model.unique_id] = search.Found(
                    world, schedule, outcome, told.cause, told.schedule
                )
    return found


def _count_runs(planned: Sequence[_Plan]) -> int:
    return sum(
        len({state for s in plan.schedules for state in s.runs if s.compares(state)})
        + sum(sum(s.runs.values()) for s in plan.schedules)
        for plan in planned
    )


def _jobs(wanted: int | None) -> int:
    if wanted is not None and wanted < 1:
        raise EntityKitError(f"`jobs` must be at least 1; got {wanted}.", fix="Use --jobs 1.")
    return wanted or min(4, os.cpu_count() or 1)


def _ancestors(manifest: Manifest, unique_ids: Iterable[str]) -> set[str]:
    """Give all that these are built from, and the other names of the tables in it."""
    return with_namesakes(manifest, ancestors(manifest, unique_ids), _relation)


def _keys(source: Source, models: Sequence[Model]) -> list[tuple[str, ...]]:
    """Return the unique keys of the models that are built from a source."""
    return [tuple(map(unquoted, m.key)) for m in models if source.unique_id in m.ancestors]


def _arriving(manifest: Manifest, needed: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Give the nodes that may declare arrival, sources and seeds, by unique id."""
    return {
        u: manifest["sources"][u] if u in manifest["sources"] else manifest["nodes"][u]
        for u in needed
        if u in manifest["sources"] or u.startswith("seed.")
    }


_QUOTED_NAME = re.compile(r'("(?:[^"]|"")+")\.("(?:[^"]|"")+")\.("(?:[^"]|"")+")')


def _relation(node: Mapping[str, Any]) -> Relation:
    """Read a node's full name as dbt writes it in SQL, where a quote in a name is doubled."""
    found = _QUOTED_NAME.fullmatch(node.get("relation_name") or "")
    if found is not None:
        return Relation(*map(unquoted, found.groups()))
    name = node.get("identifier") or node.get("alias") or node["name"]
    return Relation(node["database"], node["schema"], name)


def _source_name(node: Mapping[str, Any]) -> str:
    return f"{node['source_name']}.{node['name']}" if "source_name" in node else node["name"]


def _selector(node: Mapping[str, Any]) -> str:
    return "fqn:" + ".".join(node["fqn"])


def _column_names(model: str, option: str, given: Any) -> tuple[str, ...]:
    names = [given] if isinstance(given, str) else given or []
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise EntityKitError(
            f"Model {model}: `{option}` must be a list of columns; got {given!r}.",
            fix=f"For example: {option.rpartition('.')[2]}: [processed_at]",
        )
    return tuple(names)


def _read_model(node: Mapping[str, Any], nodes: Mapping[str, Any], above: set[str]) -> Model:
    config = node["config"]
    ours = {**(node.get("meta") or {}), **(config.get("meta") or {})}.get("entity_kit") or {}
    known = ("ignore_columns", "diverges", "grain", tolerance.OPTION)
    if not isinstance(ours, dict):
        raise EntityKitError(
            f"Model {node['name']}: `meta.entity_kit` must be a mapping; got {ours!r}.",
            fix="For example: entity_kit: {ignore_columns: [processed_at]}",
        )
    for key in ours:
        if key not in known:
            close = difflib.get_close_matches(str(key), known, n=1, cutoff=0.0)[0]
            raise EntityKitError(
                f"Model {node['name']}: `meta.entity_kit` knows {', '.join(known)}; got `{key}`.",
                fix=f"Closest: {close}.",
            )
    diverges = ours.get("diverges") or {}
    columns = diverges.get("columns") if isinstance(diverges, dict) else None
    if diverges and not columns:
        raise EntityKitError(
            f"Model {node['name']}: `diverges` must list its columns; got {diverges!r}.",
            fix='For example: diverges: {columns: [processed_at], reason: "when it ran"}',
        )
    key = config.get("unique_key") or []
    version = node.get("version")
    return Model(
        unique_id=node["unique_id"],
        # As dbt's selection takes it.
        name=node["name"] if version is None else f"{node['name']}.v{version}",
        relation=_relation(node),
        key=(key,) if isinstance(key, str) else tuple(key),
        select=tuple(
            _selector(nodes[u]) for u in sorted(above) if u in nodes and u.startswith("model.")
        ),
        ancestors=frozenset(above),
        reads_clock=config.get("incremental_strategy") == "microbatch"
        or "run_started_at" in node.get("raw_code", "")
        or "modules.datetime" in node.get("raw_code", ""),
        ignore=_column_names(node["name"], "ignore_columns", ours.get("ignore_columns")),
        diverges=_column_names(node["name"], "diverges.columns", columns),
        reason=str(diverges.get("reason") or ""),
        tolerances=tolerance.parse(f"Model {node['name']}", ours.get(tolerance.OPTION)),
    )
