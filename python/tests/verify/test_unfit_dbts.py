"""Executables that can't be compared with: each gets one clear message. Tiny scripts stand for them."""

from __future__ import annotations

import shutil

import pytest

from entity_kit import ExitCode

NO_ADAPTER = """#!/bin/sh
case "$*" in *--version*) echo "Core: - installed: 1.10.23"; exit 0;; esac
echo "Runtime Error"
echo "  Could not find adapter type duckdb!"
exit 2
"""
# Whatever it is asked, it has parsed something.
WITH_MANIFEST = """#!/bin/sh
for argument in "$@"; do
    case $argument in --target-path=*) target=${{argument#--target-path=}};; esac
done
mkdir -p "$target"
echo '{manifest}' > "$target/manifest.json"
"""
OLD_DUCKDB = """#!/bin/sh
echo "IO Error: Trying to read a database file with version number 69, but we can only read"
echo "versions between 64 and 66."
echo "The database file was created with an newer version of DuckDB."
exit 1
"""
BROKEN = """#!/bin/sh
case "$*" in *--version*) echo "dbt 1.10.23"; exit 0;; esac
echo "Compilation Error in model fct"
exit 2
"""


@pytest.fixture
def refused(make_project, tmp_path):
    """Write an executable, compare with it, and return the whole message and the exit code."""
    project = make_project()

    def refuse(text, option="--against-dbt"):
        path = tmp_path / "other-dbt"
        path.write_text(text, "utf-8")
        path.chmod(0o755)
        told = project.command(option, str(path))
        assert told.stdout == ""
        message = told.stderr.partition("Error: ")[2]
        return message.replace(str(path), "OTHER").rstrip("\n"), told.exit_code

    return refuse


NOT_DBT = "Correct --against-dbt, or omit it."


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("#!/bin/sh\nexit 0\n", "its `parse` wrote no manifest.json"),
        ("#!/bin/sh\necho 'unknown command: parse' >&2; exit 1\n", "its `parse` failed, and its"),
        ("#!/bin/sh\ncat\nexit 1\n", "its `parse` failed, and its"),  # it waits for input
        ("no program at all\n", "it can't be run ([Errno 8] Exec format error"),
        (WITH_MANIFEST.format(manifest='{"nodes": 1}'), "its manifest.json isn't one of dbt's"),
        (WITH_MANIFEST.format(manifest="{"), "its manifest.json isn't one of dbt's"),
    ],
)
def test_what_is_not_dbt(refused, text, why):
    message, code = refused(text)
    first, fix = message.splitlines()
    assert first.startswith(f"OTHER isn't dbt: {why}")
    assert (fix, code) == (NOT_DBT, ExitCode.USAGE)


def test_the_first_of_two_is_not_dbt(make_project):
    told = make_project().command("--dbt", "true", "--against-dbt", "false")
    assert told.exit_code == ExitCode.USAGE
    message = told.stderr.partition("Error: ")[2].splitlines()
    assert message[0] == f"{shutil.which('true')} isn't dbt: its `parse` wrote no manifest.json."
    assert message[1] == "Correct --dbt, or omit it."


def test_a_dbt_without_the_adapter(refused):
    message, code = refused(NO_ADAPTER)
    assert message == (
        "OTHER has no adapter for duckdb, which the project's target needs.\n"
        "Install dbt-duckdb beside it, or name a dbt that has it with --against-dbt."
    )
    assert code == ExitCode.USAGE


@pytest.mark.slow
def test_a_dbt_with_another_adapter(refused):
    manifest = (
        '{"metadata": {"dbt_version": "1.10.23", "adapter_type": "postgres"}, "nodes": {}, '
        '"sources": {}, "parent_map": {}, "macros": {}}'
    )
    message, code = refused(WITH_MANIFEST.format(manifest=manifest))
    assert message == (
        "OTHER uses the adapter for postgres, but target `dev` is of type duckdb.\n"
        "Name a dbt of the target's type with --against-dbt, or another target with --target."
    )
    assert code == ExitCode.USAGE


@pytest.mark.slow
def test_a_dbt_whose_duckdb_is_older(refused):
    message, code = refused(OLD_DUCKDB)
    assert message.startswith(
        "The DuckDB of OTHER can't read the project's warehouse, which a newer"
    )
    assert message.endswith("Or omit --against-dbt.")
    assert code == ExitCode.USAGE


def test_which_dbt_failed_to_parse(refused):
    message, code = refused(BROKEN)
    assert message.startswith("Under OTHER: dbt parse failed.\nCompilation Error in model fct\n")
    assert code == ExitCode.DBT_FAILED
    message, code = refused(BROKEN, "--dbt")
    assert message.startswith("dbt parse failed.\nCompilation Error in model fct\n")


def test_the_same_executable_twice(make_project):
    told = make_project().command("--dbt", "true", "--against-dbt", shutil.which("true"))
    assert told.exit_code == ExitCode.USAGE
    assert told.stderr.partition("Error: ")[2].splitlines() == [
        f"--dbt and --against-dbt name the same executable: {shutil.which('true')}.",
        "Name another one with --against-dbt.",
    ]
