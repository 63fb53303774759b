"""Bad input: each gets one clear message with a fix, its exit code, and leaves nothing behind."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec

import duckdb
import pytest

from support.verify_project import FCT, ORDERS, SOURCES, run


def refused(project, *arguments, code=2):
    """Run a command that must fail with this code, and return its complete message."""
    finished = project.command(*arguments)
    assert finished.exit_code == code, finished
    assert finished.stdout == ""
    before, error, message = finished.stderr.partition("Error: ")
    assert error, finished.stderr
    assert "Traceback" not in before
    for path in (project.folder, project.folder.parent):
        message = message.replace(str(path), path.name if path == project.folder else "TMP")
    return message.rstrip("\n")


def declaring(table):
    """Return the sources' YAML with another declaration of the table."""
    return SOURCES.replace("{loaded_at_field: loaded_at, event_time: ordered_at}", table)


class TestProjects:
    def test_there_is_none(self, make_project):
        project = make_project()
        (project.folder / "dbt_project.yml").unlink()
        assert refused(project) == (
            "There is no dbt project in project: dbt_project.yml is missing.\n"
            "Name the project's folder with --project-dir."
        )

    def test_its_file_is_no_yaml(self, make_project):
        project = make_project(files={"dbt_project.yml": "name: [consumer"})
        assert refused(project).splitlines()[0] == "project/dbt_project.yml can't be read."

    def test_it_names_no_profile(self, make_project):
        project = make_project(files={"dbt_project.yml": "name: consumer"})
        assert refused(project) == (
            "project/dbt_project.yml has no profile.\n"
            "Add `profile: NAME` to it, or pass --profile NAME."
        )

    def test_a_model_does_not_parse(self, make_project):
        project = make_project({"fct.sql": FCT, "bad.sql": "select {{ 1"})
        assert refused(project, code=3) == (
            "dbt parse failed.\n"
            "Compilation Error in model bad (models/bad.sql)\n"
            "  unexpected end of template, expected 'end of print statement'.\n"
            "    line 1\n"
            "      select {{ 1\n"
            "Run the same dbt command by hand, fix the error above, and run this command again."
        )

    def test_its_yaml_does_not_parse(self, make_project):
        project = make_project(files={"models/bad.yml": "models: [{name: fct"})
        message = refused(project, code=3)
        assert message.startswith(
            "dbt parse failed.\nParsing Error\n  Error reading consumer: bad.yml - Runtime Error\n"
        )

    def test_a_ref_leads_nowhere(self, make_project):
        project = make_project({"fct.sql": FCT.replace("source('shop', 'orders')", "ref('stg')")})
        assert refused(project, code=3) == (
            "dbt parse failed.\n"
            "Compilation Error\n"
            "  Model 'model.consumer.fct' (models/fct.sql) depends on a node named 'stg' which was "
            "not found\n"
            "Run the same dbt command by hand, fix the error above, and run this command again."
        )

    def test_its_packages_are_not_installed(self, make_project):
        project = make_project(
            files={
                "packages.yml": "packages: [{local: package}]",
                "package/dbt_project.yml": "{name: package, version: '1.0'}",
            }
        )
        assert refused(project, code=3) == (
            "dbt parse failed.\n"
            "Compilation Error\n"
            "  dbt found 1 package(s) specified in packages.yml, but only 0 package(s) installed in "
            'dbt_packages. Run "dbt deps" to install package dependencies.\n'
            "Run the same dbt command by hand, fix the error above, and run this command again."
        )

    @pytest.mark.slow
    def test_a_seed_cannot_be_loaded(self, make_project):
        project = make_project(
            {"fct.sql": FCT.replace("{{ source", "{{ ref('bad') }}, {{ source")},
            files={
                "seeds/bad.csv": "x\nnot a number\n",
                "seeds/bad.yml": """
                seeds: [{name: bad, config: {column_types: {x: integer}}}]
            """,
            },
        )
        message = refused(project, code=3)
        assert message.startswith("Seed bad failed.\nRuntime Error in seed bad (seeds/bad.csv)\n")
        assert "Conversion Error: CSV Error on Line: 2" in message
        assert message.endswith("\nRun `dbt seed` by hand and fix the error above.")


class TestSelection:
    @pytest.mark.slow
    def test_nothing_matches(self, make_project):
        project = make_project({"fct.sql": FCT, "a_view.sql": "select 1 as x"})
        for selector in ("nothing", "a_view"):
            assert refused(project, "--select", selector) == (
                f"`--select {selector}` leaves no incremental model.\nIncremental models here: fct."
            )
        assert refused(project, "--exclude", "fct") == (
            "`--exclude fct` leaves no incremental model.\nIncremental models here: fct."
        )

    def test_a_selector_that_dbt_refuses(self, make_project):
        assert refused(make_project(), "--select", "nothing:fct", code=3) == (
            "dbt list failed.\n"
            "Runtime Error\n"
            "  'nothing' is not a valid method name\n"
            "Run the same dbt command by hand, fix the error above, and run this command again."
        )

    def test_there_is_no_incremental_model(self, make_project):
        project = make_project({"a_view.sql": "select 1 as x"})
        assert refused(project) == ("The project has no incremental model.\nNothing to verify.")


class TestOptions:
    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (
                ["--schedules", "arival"],
                (
                    "There is no schedule `arival`. Schedules: arrival, rerun, empty, gap, late, updates, "
                    "deletes, redelivers, split_batches, storm, crash, all.\nClosest: arrival."
                ),
            ),
            (["--schedules", ","], "`schedules` is empty.\nOmit --schedules to run all of them."),
            (
                ["--steps", "0"],
                "`steps` must be at least 1; got 0.\nUse --steps 5.",
            ),
            (["--jobs", "0"], "`jobs` must be at least 1; got 0.\nUse --jobs 1."),
            (["--vars", "a"], "--vars must be a mapping; got a.\n--vars '{name: value}'"),
            (["--vars", "[1]"], "--vars must be a mapping; got [1].\n--vars '{name: value}'"),
            (
                ["--dbt", "/nowhere/dbt"],
                "There is no executable /nowhere/dbt.\nCorrect --dbt, or omit it.",
            ),
            (
                ["--target", "prod"],
                (
                    "Profile `consumer` in project/profiles.yml has no target `prod`. Targets: dev.\n"
                    "Pass one of them with --target."
                ),
            ),
            (
                ["--profiles-dir", "/nowhere"],
                (
                    "No profiles.yml was found; looked in /nowhere.\n"
                    "Name its folder with --profiles-dir."
                ),
            ),
        ],
    )
    def test_refused(self, make_project, arguments, message):
        assert refused(make_project(), *arguments) == message

    def test_variables_that_are_no_yaml(self, make_project):
        message = refused(make_project(), "--vars", "{a: [1}")
        assert message.startswith("--vars isn't valid YAML: while parsing a flow sequence")
        assert message.endswith("--vars '{name: value}'")

    @pytest.mark.slow
    def test_variables_of_every_type(self, make_project):
        """Values reach dbt as YAML parses them."""
        project = make_project(
            {
                "fct.sql": FCT
                + "{% if execute and (var('d') | string != '2024-01-01' or var('l') != [1, 'ä']"
                " or var('n') is not none or var('t') != \"it's\") %}"
                "{{ exceptions.raise_compiler_error('wrong') }}{% endif %}"
            }
        )
        variables = "{d: 2024-01-01, l: [1, ä], n: null, t: it's}"
        given = ("--vars", variables, "--steps", "1", "--schedules", "rerun")
        assert project.command(*given).exit_code == 0

    def test_usage(self):
        for arguments in (["verify", "--no-such"], ["verify", "--steps", "x"], ["nothing"]):
            finished = run(arguments)
            assert finished.exit_code == 2
            assert finished.stderr.startswith("Usage: ")

    def test_an_output_that_cannot_be_written(self, make_project, tmp_path):
        (tmp_path / "a_file").write_text("")
        output = tmp_path / "a_file" / "result.json"
        project = make_project()
        assert refused(project, "--steps", "1", "--output", str(output)).startswith(
            "TMP/a_file/result.json can't be written: "
        )


class TestSources:
    def test_none_declares_when_its_rows_arrive(self, make_project):
        assert refused(make_project(sources=declaring("{enabled: true}"))) == (
            "No source of these models declares when its rows arrive (loaded_at_field). They read: "
            "shop.orders.\n"
            "Run `entity-kit init`, which proposes it from the data, or add to the sources' YAML:\n"
            "\n"
            "sources:\n"
            "  - name: shop\n"
            "    tables:\n"
            "      - name: orders\n"
            "        config: {loaded_at_field: loaded_at}"
        )

    @pytest.mark.slow
    def test_there_is_no_source(self, make_project):
        project = make_project(
            {"fct.sql": "{{ config(materialized='incremental') }} select 1 as x"}, sources=""
        )
        message = refused(project)
        assert message.startswith(
            "No source of these models declares when its rows arrive (loaded_at_field). They read: "
            "no sources.\n"
        )

    @pytest.mark.slow
    @pytest.mark.parametrize(
        ("declaration", "message"),
        [
            (
                "{loaded_at_field: loadedat}",
                (
                    "Source shop.orders declares loaded_at_field: loadedat, which it doesn't have; its "
                    "columns are order_id, customer, amount, ordered_at, loaded_at.\n"
                    "Closest: loaded_at."
                ),
            ),
            (
                "{loaded_at_field: loaded_at, event_time: order_at}",
                (
                    "Source shop.orders declares event_time: order_at, which it doesn't have; its "
                    "columns are order_id, customer, amount, ordered_at, loaded_at.\n"
                    "Closest: ordered_at."
                ),
            ),
            (
                "{loaded_at_field: customer}",
                (
                    "Source shop.orders declares loaded_at_field: customer, which is VARCHAR; it must be "
                    "a date or a timestamp.\n"
                    'Write an expression, such as loaded_at_field: "cast(customer as timestamp)".'
                ),
            ),
            (
                "{loaded_at_field: loaded_at, meta: {entity_kit: {row_key: [orderid]}}}",
                (
                    "Source shop.orders has no column `orderid` (declared in row_key); it has order_id, "
                    "customer, amount, ordered_at, loaded_at.\nClosest: order_id."
                ),
            ),
            (
                "{loaded_at_field: loaded_at, meta: {entity_kit: {delivery: {late_bye: {days: 1}}}}}",
                (
                    "orders: `delivery` knows late_by, updates, deletes, redelivers, split_batches; got "
                    "`late_bye`.\nClosest: late_by."
                ),
            ),
        ],
    )
    def test_a_declaration_that_does_not_fit(self, make_project, declaration, message):
        assert refused(make_project(sources=declaring(declaration))) == message

    def test_an_expression_that_does_not_fit(self, make_project):
        project = make_project(sources=declaring("{loaded_at_field: 'cast(loaded as date)'}"))
        message = refused(project)
        assert message.startswith(
            "Source shop.orders declares loaded_at_field: cast(loaded as date), which DuckDB can't "
            "read.\nBinder Error: "
        )
        assert message.endswith(
            "\nCorrect the expression; the columns are order_id, customer, amount, ordered_at, "
            "loaded_at."
        )

    def test_an_expression_that_fails_on_some_row(self, make_project):
        project = make_project(
            sources=declaring("{loaded_at_field: 'cast(customer as timestamp)'}")
        )
        assert refused(project).startswith(
            "DuckDB could not read when the rows of source shop.orders arrived.\nConversion Error: "
        )

    def test_a_table_that_is_not_there(self, make_project):
        message = refused(make_project(data="create schema shop"))
        assert message.startswith("Source shop.orders can't be read.\nCatalog Error: ")
        assert message.endswith(
            "\nLoad it, or correct its database, schema, or identifier in the YAML."
        )

    def test_a_database_that_is_not_attached(self, make_project):
        sources = SOURCES.replace("- name: shop", "- name: shop\n    database: elsewhere")
        assert refused(make_project(sources=sources)) == (
            "Source shop.orders lies in the database `elsewhere`, which is no local DuckDB file of "
            "the target (these are: warehouse).\n"
            "Attach its DuckDB file in the profile, or remove loaded_at_field."
        )

    @pytest.mark.slow
    def test_an_empty_one(self, make_project):
        assert refused(make_project(data=ORDERS + "delete from shop.orders")) == (
            "The declared sources have no row with a loaded_at: shop.orders.\n"
            "Load some rows. Without arrivals there is nothing to replay."
        )

    @pytest.mark.slow
    def test_an_empty_one_beside_another(self, make_project):
        project = make_project(
            {"fct.sql": FCT + " -- {{ source('shop', 'returns') }}"},
            data=ORDERS + "create table shop.returns as from shop.orders where false",
            sources=SOURCES + SOURCES.partition("tables:\n")[2].replace("orders", "returns", 1),
        )
        result = project.verify()
        assert result.notes == ("shop.returns is empty.",)
        assert result.exit_code == 0

    @pytest.mark.slow
    def test_null_future_and_single_times(self, make_project):
        """Reported with counts. Rows without a time are visible from the start."""
        project = make_project(
            {
                "fct.sql": """
                    {{ config(materialized='incremental', unique_key='order_id') }}
                    select *, (select count(*) from {{ source('shop', 'once') }}) as once
                    from {{ source('shop', 'orders') }}
                """
            },
            data=ORDERS
            + """
                update shop.orders set loaded_at = null where order_id in (3, 4);
                update shop.orders set loaded_at = '2924-01-01' where order_id = 11;
                create table shop.once as select timestamp '2024-01-01 07:00:00' as loaded_at
                from range(1000);
            """,
            sources=SOURCES
            + SOURCES.partition("tables:\n")[2]
            .replace("orders", "once", 1)
            .replace(", event_time: ordered_at", ""),
        )
        finished = project.command()
        assert finished.exit_code == 0
        assert [line for line in finished.stdout.splitlines() if line.startswith("note")] == [
            (
                "note: shop.once: all rows have one loaded_at (2024-01-01 07:00:00), so they arrive in "
                "one step."
            ),
            (
                "note: shop.orders: 2 of 12 rows have no loaded_at; they are visible from the first "
                "step on."
            ),
            (
                "note: shop.orders: 1 of 12 rows have a loaded_at in the future; they arrive at that "
                "time."
            ),
        ]

    @pytest.mark.slow
    def test_one_single_time(self, make_project):
        project = make_project(data=ORDERS + "update shop.orders set loaded_at = '2024-01-01'")
        result = project.verify(schedules=["arrival", "rerun", "empty", "gap"], steps=5)
        assert len(result.steps) == 1
        assert [schedule.verdict.value for schedule in result.models[0].schedules] == [
            *("agrees", "agrees", "differs", "agrees")
        ]


class TestModels:
    @pytest.mark.slow
    @pytest.mark.parametrize(
        ("meta", "message"),
        [
            (
                {"ignore_column": ["x"]},
                (
                    "Model fct: `meta.entity_kit` knows ignore_columns, diverges, grain, sla_hours, float_tolerance; got "
                    "`ignore_column`.\nClosest: ignore_columns."
                ),
            ),
            (
                {"diverges": ["x"]},
                (
                    "Model fct: `diverges` must list its columns; got ['x'].\n"
                    'For example: diverges: {columns: [processed_at], reason: "when it ran"}'
                ),
            ),
            (
                {"ignore_columns": {"x": 1}},
                (
                    "Model fct: `ignore_columns` must be a list of columns; got {'x': 1}.\n"
                    "For example: ignore_columns: [processed_at]"
                ),
            ),
            (
                True,
                (
                    "Model fct: `meta.entity_kit` must be a mapping; got True.\n"
                    "For example: entity_kit: {ignore_columns: [processed_at]}"
                ),
            ),
        ],
    )
    def test_a_declaration_that_is_misspelt(self, make_project, meta, message):
        config = f"{{{{ config(meta={ {'entity_kit': meta} }) }}}}"
        assert refused(make_project({"fct.sql": config + FCT})) == message

    @pytest.mark.slow
    def test_every_column_is_ignored(self, make_project):
        config = "{{ config(meta={'entity_kit': {'ignore_columns': ['x']}}) }}"
        project = make_project(
            {
                "fct.sql": config + "{{ config(materialized='incremental', unique_key='x') }}"
                " select 1 as x from {{ source('shop', 'orders') }}"
            }
        )
        assert refused(project) == (
            "Model fct: Every column is ignored, so nothing is left to compare.\n"
            "Ignore fewer columns."
        )


class TestWarehouses:
    @pytest.mark.parametrize("kind", ["trino", "mysql"])
    def test_of_another_kind(self, make_project, kind):
        assert refused(make_project(output={"type": kind})) == (
            f"Target `dev` of profile `consumer` is of type '{kind}'; verify replays projects on "
            "duckdb, postgres, spark, snowflake, bigquery, redshift and databricks.\n"
            "Add a duckdb output to the profile and name it with --target. A DuckDB file with a "
            "sample of the source rows is enough. Or, with `verify`, say with --dialect what "
            "the models are written in, and with --samples where a sample is."
        )

    @pytest.mark.parametrize("kind", ["redshift", "snowflake", "bigquery", "databricks"])
    def test_without_its_adapter(self, make_project, kind):
        if find_spec(f"dbt.adapters.{kind}") is not None:
            pytest.skip(f"dbt-{kind} is installed")
        assert refused(make_project(output={"type": kind})) == (
            f"The target is of type {kind}, and dbt-{kind} is not installed.\n"
            f"pip install dbt-{kind}. Or verify without the warehouse, on DuckDB: --dialect {kind} "
            "--samples DIR."
        )

    def test_on_a_server(self, make_project):
        assert refused(make_project(output={"path": "md:shop"})) == (
            "Target `dev` is at md:shop; verify reads only local DuckDB files.\n"
            "Copy the sources into a local DuckDB file, and add a target for it."
        )

    def test_missing(self, make_project):
        project = make_project(data="")
        assert refused(project) == (
            "There is no warehouse file at TMP/warehouse.duckdb.\n"
            "Build the project once with dbt, or correct `path` in the profile."
        )

    def test_an_attached_one_is_missing(self, make_project):
        project = make_project(output={"attach": [{"path": "other.duckdb"}]})
        assert refused(project) == (
            "There is no warehouse file at project/other.duckdb.\n"
            "Build the project once with dbt, or correct `path` in the profile."
        )

    @pytest.mark.parametrize("content", [b"", b"not a database" * 1000, b"SQLite format 3\0"])
    def test_not_a_duckdb_file(self, make_project, content):
        project = make_project(data="")
        project.warehouse.write_bytes(content)
        assert refused(project) == (
            "TMP/warehouse.duckdb is not a DuckDB database file.\n"
            "Correct the path. For other file types, use a source's `external_location`."
        )

    def test_a_folder(self, make_project):
        project = make_project(data="")
        project.warehouse.mkdir()
        project.files = []
        assert refused(project) == (
            "TMP/warehouse.duckdb is a folder.\nUse the path of a DuckDB file."
        )

    def test_damaged(self, make_project):
        project = make_project()
        content = project.warehouse.read_bytes()
        project.warehouse.write_bytes(content[: len(content) // 2])
        assert refused(project).startswith("TMP/warehouse.duckdb can't be opened.\n")

    @pytest.mark.parametrize("attached", [False, True])
    def test_held_by_another_process(self, make_project, tmp_path, attached):
        other = tmp_path / "other.duckdb"
        project = make_project(output={"attach": [{"path": str(other)}]} if attached else {})
        duckdb.connect(str(other)).close()
        held = other if attached else project.warehouse
        code = (
            f"import duckdb; c = duckdb.connect({str(held)!r}); print('held', flush=True); input()"
        )
        with subprocess.Popen(
            [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as holder:
            assert holder.stdout.readline() == "held\n"
            message = refused(project)
            holder.communicate("\n")
        lines = message.splitlines()
        assert lines[0] == f"TMP/{held.name} is locked by another process."
        assert lines[1].startswith("IO Error: Could not set lock on file ")
        assert lines[2:] == [
            "Close the other program (a dbt run, a notebook, a DuckDB shell) and try again."
        ]

    def test_held_by_this_process(self, make_project):
        project = make_project()
        with duckdb.connect(str(project.warehouse)):
            assert project.refused().replace(str(project.warehouse), "WAREHOUSE") == (
                "WAREHOUSE is already open in this process with other settings.\n"
                "Close the other connection to it first."
            )

    def test_a_memory_limit_that_is_no_size(self, make_project):
        project = make_project(output={"settings": {"memory_limit": "much"}})
        assert refused(project) == (
            "The profile's memory_limit 'much' isn't a size.\nFor example: memory_limit: 4GB"
        )
