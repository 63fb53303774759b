"""What tests of every folder share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import lanes
from chromium import Page, find_chromium

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--all-engines",
        action="store_true",
        help="run each test of the macros on Postgres too, not only those whose SQL is most likely to differ",
    )


@pytest.fixture(scope="session")
def chromium_page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """Give a page of headless Chromium, one for all tests of this process."""
    executable, reason = find_chromium()
    if executable is None:
        pytest.skip(reason)
    page = Page(executable, tmp_path_factory.mktemp("chromium"))
    yield page
    page.close()


@pytest.fixture(scope="session")
def postgres_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Start an embedded Postgres, one for all tests of this process: `host` is this folder.

    It listens on a socket in the folder and on no port; user and database are `postgres`.
    """
    obstacle = lanes.postgres_obstacle()
    if obstacle:
        pytest.skip(obstacle)
    import pgserver

    folder = tmp_path_factory.mktemp("pg")
    server = pgserver.get_server(folder, cleanup_mode="stop")
    yield folder
    server.cleanup()


@pytest.fixture(scope="session")
def spark_lane() -> None:
    """Skip where no local Spark can run."""
    obstacle = lanes.spark_obstacle()
    if obstacle:
        pytest.skip(obstacle)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name the lanes that didn't run: a skipped one is never silent."""
    reasons = {str(report.longrepr[-1]) for report in terminalreporter.stats.get("skipped", [])}
    for reason in sorted(reasons):
        if "lane " in reason:
            terminalreporter.write_line(reason.removeprefix("Skipped: "))


# Files whose every test runs dbt many times over, beside the tests that are marked one by one.
SLOW = {
    "test_changed.py",
    "test_deliveries.py",
    "test_deprecation_log.py",
    "test_history_property.py",
    "test_install.py",
    "test_lookback.py",
    "test_models.py",
    "test_no_late_rows_lost.py",
    "test_rewrite.py",
    "test_run_history.py",
    "test_shop.py",
    "test_snapshots.py",
    "test_verify_clock.py",
    "test_verify_models.py",
    "test_verify_output.py",
    "test_verify_processes.py",
    "test_verify_projects.py",
    "test_verify_shrink.py",
    "test_verify_sources.py",
    "test_verify_verdicts.py",
    "test_whole_way.py",
}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.name in SLOW:
            item.add_marker(pytest.mark.slow)
