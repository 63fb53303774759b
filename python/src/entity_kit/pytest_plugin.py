"""The pytest plugin: one test per model and schedule of a dbt project.

`pytest --entity-kit` collects every dbt_project.yml below the test paths. All of a project's tests
share one verification; under xdist, one for each model.

The fixture `replay` is for hand-written steps: `replay.load(...)`, `replay.run()`,
`replay.assert_equal("model")`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from entity_kit.steps import Bench, Steps
    from entity_kit.verify.results import ScheduleResult, VerifyResult

_RESULTS: pytest.StashKey[dict[tuple[Path, tuple[str, ...]], VerifyResult]] = pytest.StashKey()
_SKIPPED = {"dbt_packages", "target", "node_modules", ".venv"}


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("entity-kit")
    group.addoption("--entity-kit", action="store_true", help="Verify incremental dbt models.")
    group.addoption("--entity-kit-target", help="The dbt target. Default: the profile's own.")
    group.addoption("--entity-kit-steps", help="The number of steps, or `all`.")
    group.addoption("--entity-kit-project", help="The dbt project of the fixture `replay`.")
    parser.addini("entity_kit_project", "The dbt project of the fixture `replay`.")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "xdist_group(name): keeps a model's tests on one worker")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    if not parent.config.getoption("--entity-kit") or file_path.name != "dbt_project.yml":
        return None
    if _SKIPPED & set(file_path.parts):
        return None
    return DbtProject.from_parent(parent, path=file_path)


@pytest.fixture(scope="session")
def _entity_kit_benches() -> Iterator[dict[Path, Bench]]:
    benches: dict[Path, Bench] = {}
    yield benches
    for bench in benches.values():
        bench.close()


@pytest.fixture
def replay(request: pytest.FixtureRequest, _entity_kit_benches: dict[Path, Bench]) -> Steps:
    """Return hand-written steps for a dbt project, which is parsed once per session.

    The project is that of --entity-kit-project, of the ini option entity_kit_project, or the one
    that the test lies in.
    """
    from entity_kit.steps import Bench, Steps  # noqa: PLC0415  (only where it is asked for)

    directory = _project_of(request)
    if directory not in _entity_kit_benches:
        target = request.config.getoption("--entity-kit-target")
        _entity_kit_benches[directory] = Bench(directory, target=target)
    return Steps(_entity_kit_benches[directory])


def _project_of(request: pytest.FixtureRequest) -> Path:
    given: str | None = request.config.getoption("--entity-kit-project")
    if given:
        return Path(request.config.invocation_params.dir, given).resolve()
    said: str = request.config.getini("entity_kit_project")
    if said:
        return Path(request.config.rootpath, said).resolve()
    for folder in request.path.parents:
        if (folder / "dbt_project.yml").is_file():
            return folder
    return request.config.rootpath


class DbtProject(pytest.File):
    """A dbt project; its tests are its incremental models under each schedule."""

    def collect(self) -> Iterator[ModelUnderSchedule]:
        from entity_kit.verify.verification import plan  # noqa: PLC0415  (only where it is asked for)

        target = self.config.getoption("--entity-kit-target")
        for model, schedules in plan(self.path.parent, target=target).items():
            for schedule in schedules:
                yield ModelUnderSchedule.from_parent(
                    self, name=f"{model}[{schedule}]", model=model, schedule=schedule
                )


class ModelUnderSchedule(pytest.Item):
    """One incremental model under one schedule."""

    def __init__(self, *, model: str, schedule: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.model = model
        self.schedule = schedule
        self.add_marker(pytest.mark.xdist_group(f"entity-kit:{model}"))

    def runtest(self) -> None:
        result = self._result()
        if not result.verdict.agrees:
            raise DiffersError(result)
        if result.untried:
            pytest.skip(f"{self.schedule} tests nothing: {result.untried}")

    def _result(self) -> ScheduleResult:
        done = self.config.stash.setdefault(_RESULTS, {})
        together = [
            item
            for item in self.session.items
            if isinstance(item, ModelUnderSchedule)
            and item.path == self.path
            and (item.model == self.model or not hasattr(self.config, "workerinput"))
        ]
        models = tuple(dict.fromkeys(item.model for item in together))
        if (self.path, models) not in done:
            done[self.path, models] = self._verify(models, together)
        schedules = {
            schedule.schedule: schedule
            for found in done[self.path, models].models
            if found.name == self.model
            for schedule in found.schedules
        }
        if self.schedule not in schedules:
            pytest.skip(f"{self.schedule} can't be simulated for the sources of {self.model}")
        return schedules[self.schedule]

    def _verify(self, models: tuple[str, ...], together: list[ModelUnderSchedule]) -> VerifyResult:
        from entity_kit.verify.verification import verify  # noqa: PLC0415

        return verify(
            self.path.parent,
            target=self.config.getoption("--entity-kit-target"),
            steps=self.config.getoption("--entity-kit-steps"),
            select=models,
            schedules=tuple(dict.fromkeys(item.schedule for item in together)),
        )

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> str:
        if isinstance(excinfo.value, DiffersError):
            from entity_kit.verify.reports.text import story  # noqa: PLC0415

            return "\n".join([self.model, *story(excinfo.value.result)])
        return str(super().repr_failure(excinfo, style))

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, 0, self.name


class DiffersError(AssertionError):
    """A model that doesn't equal its full refresh; pytest prints the story."""

    def __init__(self, result: ScheduleResult) -> None:
        super().__init__(result.verdict.value)
        self.result = result
