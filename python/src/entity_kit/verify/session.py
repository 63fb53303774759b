"""A project opened for replays: its scratch warehouses, its runner, and its notes."""

from __future__ import annotations

import shutil
import tempfile
import time
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from entity_kit.dbt_bridge.invocation import read_manifest
from entity_kit.dbt_bridge.project import Project
from entity_kit.engines.table import make_scratch
from entity_kit.errors import EntityKitError, disk_is_full
from entity_kit.replay.progress import Progress
from entity_kit.synthetic.writing import write_synthetic
from entity_kit.verify.bill import consent_to_read
from entity_kit.verify.cache.parse import kept_parse
from entity_kit.verify.written import find_target
from entity_kit.warehouse import QueryError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from entity_kit.dbt_bridge.profiles import Target
    from entity_kit.dbt_bridge.project import Manifest, Runner
    from entity_kit.engines.samples import Samples
    from entity_kit.engines.scratch import Contents, Scratch
    from entity_kit.verify.bill import Ask
    from entity_kit.verify.options import VerifyOptions

_MADE_UP = "On synthetic data: the rows of the sources were made up from their YAML. Real rows may show more."


@dataclass(slots=True)
class Session:
    """What a replay of a project needs; `dbt_s` are the seconds in dbt before the first step."""

    options: VerifyOptions
    target: Target
    project: Project
    scratch: Scratch
    runner: Runner
    progress: Progress
    started: float
    dbt_s: float = 0.0
    notes: list[str] = field(default_factory=list)
    # Models that can't take part, each with the reason.
    left_out: list[tuple[str, str]] = field(default_factory=list)

    @contextmanager
    def in_dbt(self, text: str) -> Iterator[None]:
        """Count the block's time as dbt's, and report that it runs."""
        self.progress.run(text)
        before = time.perf_counter()
        yield
        self.dbt_s += time.perf_counter() - before
        self.progress.done()

    def parse(self) -> Manifest:
        with self.in_dbt("parsing the project"):
            return self.parse_with(self.scratch.create("parse").profiles)

    def parse_with(self, profiles: Path) -> Manifest:
        """Parse the project; take up what an earlier verification kept of it, and keep this parse."""
        # An executable isn't ours to tell that only the scratch folder has another name.
        # And a parse is of one dialect, and one `target.type`.
        kept = self.options.cache and self.project.dialect is None
        if not kept or self.runner.executable is not None:
            return self.runner.parse(profiles)
        with kept_parse(self.options.project_dir, self.project.folder):
            return self.runner.parse(profiles)


@contextmanager
def open_session(
    options: VerifyOptions,
    progress: Progress | None = None,
    *,
    started: float | None = None,
    absent: bool = False,
    ask: Ask | None = None,
) -> Iterator[Session]:
    """Create what a replay of a project needs, and remove all of it at the end.

    `started` is when the clock of the whole began; with `absent` there need be no warehouse yet.
    Of a target that bills, `ask` is told what it is asked for.
    """
    found, dialect, notes = find_target(options)
    telling = progress or Progress()
    if options.synthetic:
        notes = [_MADE_UP, *notes]
    with _scratch_folder() as folder:
        variables = dict(options.variables)
        project = Project(
            options.project_dir, folder, found.profile, found.name, variables, dialect
        )
        with closing(
            make_scratch(
                folder,
                found,
                options.project_dir,
                options.jobs,
                absent=absent,
                samples=_samples(options, project, str(found.output.get("type"))),
                written_in=dialect,
            )
        ) as scratch:
            if scratch.billed:
                consent_to_read(options, found, ask)
            before = time.perf_counter()
            runner = scratch.runner(project, options.dbt, telling.detail)
            importing_s = time.perf_counter() - before
            try:
                scratch.refuse(options.schedules or ())
                begun = before if started is None else started
                yield Session(
                    options, found, project, scratch, runner, telling, begun, importing_s, notes
                )
            finally:
                runner.stop()


def _samples(options: VerifyOptions, project: Project, kind: str) -> Samples | None:
    """Return what says where the rows of the sources are, if they aren't in a warehouse."""
    if not options.synthetic:
        given = options.samples
        return None if given is None else lambda _: given

    def made_up(contents: Contents) -> Path:
        return write_synthetic(
            read_manifest(project),
            contents.needed,
            project.folder / "synthetic",
            seed=options.seed,
            dialect=kind if project.dialect is None else project.dialect.name,
        )

    return made_up


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
