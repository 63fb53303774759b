"""Fixtures that tests in every folder share."""

from __future__ import annotations

import contextlib
import gc
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from support import lanes
from support.chromium import Page, find_chromium

if TYPE_CHECKING:
    from collections.abc import Iterator

# A text of a macro is parsed once a process, not once for each project: dbt's own tests do so.
with contextlib.suppress(ImportError):  # the lane on fakesnow has no dbt
    from dbt_common.tests import enable_test_caching

    enable_test_caching()

# A parsed project is a hundred thousand objects that stay: to look through them at Python's own
# pace takes a seventh of a dbt run.
gc.set_threshold(100_000, 50, 100)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--all-engines",
        action="store_true",
        help="run each test of the macros on Postgres too, not only those whose SQL is most likely to differ",
    )


@pytest.fixture(scope="session")
def chromium_page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """Return a headless Chromium page, shared by all tests of this process."""
    executable, reason = find_chromium()
    if executable is None:
        pytest.skip(reason)
    page = Page(executable, tmp_path_factory.mktemp("chromium"))
    yield page
    page.close()


@pytest.fixture(scope="session")
def postgres_folder() -> Iterator[Path]:
    """Start an embedded Postgres, shared by all tests of this process; `host` is this folder.

    It listens on a socket in the folder and on no port; user and database are `postgres`. Nothing
    in it must outlive a crash, so that it waits for no disk.
    """
    obstacle = lanes.postgres_obstacle()
    if obstacle:
        pytest.skip(obstacle)
    import pgserver

    # Not in pytest's own folder: each pytest that starts there closes it to other users, as one of
    # which the server runs where the tests run as root. Its next checkpoint would be its end.
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    server = pgserver.get_server(folder, cleanup_mode="stop")
    for setting in ("fsync", "synchronous_commit", "full_page_writes"):
        server.psql(f"alter system set {setting} = off")
    server.psql("select pg_reload_conf()")
    yield folder
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def dbt_v2() -> Path:
    """Return the executable of dbt v2."""
    obstacle = lanes.dbt_v2_obstacle()
    if obstacle:
        pytest.skip(obstacle)
    return lanes.dbt_v2()


@pytest.fixture(scope="session")
def spark_lane() -> None:
    """Skip if no local Spark can run."""
    obstacle = lanes.spark_obstacle()
    if obstacle:
        pytest.skip(obstacle)


@pytest.fixture(scope="session")
def spark_session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Start a local Spark, the one session of this process, which dbt's `method: session` takes, too.

    Its tables and its scratch lie in a temporary folder, its metastore in memory. Every query here
    is small, so that planning it costs more than running it: no code is generated, and none
    optimized long. Of each small file that is written, Hadoop starts a `chmod`, and a second one for
    its checksum, so there are no checksums. What ran isn't kept, for nobody looks at it here.
    """
    obstacle = lanes.spark_obstacle()
    if obstacle:
        pytest.skip(obstacle)
    from pyspark.sql import SparkSession

    folder = tmp_path_factory.mktemp("spark")
    settings = {
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.ansi.enabled": "false",
        "spark.sql.warehouse.dir": f"{folder}/tables",
        "spark.hadoop.javax.jdo.option.ConnectionURL": "jdbc:derby:memory:metastore;create=true",
        **lanes.java_of_spark(folder),
        "spark.local.dir": f"{folder}/scratch",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.ui.retainedJobs": "1",
        "spark.ui.retainedStages": "1",
        "spark.ui.retainedTasks": "1",
        "spark.sql.ui.retainedExecutions": "1",
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.adaptive.enabled": "false",
        "spark.sql.codegen.wholeStage": "false",
        "spark.sql.codegen.factoryMode": "NO_CODEGEN",
        "spark.sql.constraintPropagation.enabled": "false",
        "spark.sql.ui.explainMode": "simple",
        "spark.sql.maxPlanStringLength": "1000",
    }
    builder = SparkSession.builder.master("local[2]").enableHiveSupport()
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    hadoop: Any = session._jvm.org.apache.hadoop.fs.FileSystem  # type: ignore[union-attr]
    hadoop.getLocal(session._jsc.hadoopConfiguration()).setWriteChecksum(False)
    yield session
    session.stop()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Return the lanes that didn't run: a skipped one is never silent."""
    reasons = {str(report.longrepr[-1]) for report in terminalreporter.stats.get("skipped", [])}
    for reason in sorted(reasons):
        if "lane " in reason:
            terminalreporter.write_line(reason.removeprefix("Skipped: "))
