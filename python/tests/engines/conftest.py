"""A separate database on the embedded Postgres, and projects that target it."""

from __future__ import annotations

import itertools
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

ROOT = Path(__file__).resolve().parents[3]
_numbers = itertools.count()


class Database:
    """A Postgres database: `execute` SQL in it, `query` it, and say what is in it."""

    def __init__(self, folder: Path, name: str) -> None:
        self.host, self.name = str(folder), name
        self.output = {
            "type": "postgres",
            "host": self.host,
            "port": 5432,
            "user": "postgres",
            "password": "",
            "dbname": name,
            "schema": "analytics",
            "threads": 2,
        }

    def _connect(self, name: str) -> Any:
        import psycopg2

        connection = psycopg2.connect(host=self.host, user="postgres", dbname=name)
        connection.autocommit = True
        return connection

    def create(self) -> None:
        connection = self._connect("postgres")
        connection.cursor().execute(f'create database "{self.name}"')
        connection.close()

    def execute(self, sql: str) -> None:
        connection = self._connect(self.name)
        connection.cursor().execute(sql)
        connection.close()

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        connection = self._connect(self.name)
        with connection.cursor() as cursor:
            cursor.execute(sql)
            found = cursor.fetchall()
        connection.close()
        return found

    def state(self) -> dict[str, Any]:
        """Return all schemas, and a digest of each table's rows and of each sequence."""
        names = self.query(
            "select format('%I.%I', nspname, relname), relkind from pg_class as c "
            "join pg_namespace as n on n.oid = relnamespace "
            "where nspname not in ('pg_catalog', 'information_schema') and nspname !~ '^pg_t' "
            "and relkind in ('r', 'v', 'S', 'm')"
        )
        digest = "md5(string_agg(t::text, ',' order by t::text))"
        found: dict[str, Any] = {
            name: self.query(f"select {'last_value' if kind == 'S' else digest} from {name} as t")
            for name, kind in names
        }
        found["schemas"] = self.query(
            "select nspname from pg_namespace where nspname !~ '^pg_t' order by nspname"
        )
        found["sessions"] = self.query(
            "select application_name from pg_stat_activity where application_name like 'entity%'"
        )
        return found


@pytest.fixture(scope="module")
def make_database(postgres_folder: Path) -> Callable[..., Database]:
    """Create databases with the SQL `data`."""

    def make(data: str = "", name: str = "shop") -> Database:
        database = Database(postgres_folder, f"{name} {next(_numbers)}")
        database.create()
        if data:
            database.execute(data)
        return database

    return make


@pytest.fixture(scope="module")
def write_target(
    tmp_path_factory: pytest.TempPathFactory,
    plain_environment: Path,  # noqa: ARG001
) -> Callable[..., Path]:
    """Write a project with these outputs, the first one its target, and return its folder."""

    def write(
        outputs: Mapping[str, Mapping[str, Any]],
        files: Mapping[str, str],
        *,
        package: bool = False,
        **settings: Any,
    ) -> Path:
        folder = tmp_path_factory.mktemp("engine") / "project"
        project = {
            "name": "consumer",
            "version": "1.0",
            "config-version": 2,
            "profile": "consumer",
            "flags": {"send_anonymous_usage_stats": False},
            **settings,
        }
        texts = {
            "dbt_project.yml": yaml.safe_dump(project),
            "profiles.yml": yaml.safe_dump(
                {"consumer": {"target": next(iter(outputs)), "outputs": dict(outputs)}}
            ),
            **files,
        }
        if package:
            texts["packages.yml"] = yaml.safe_dump({"packages": [{"local": str(ROOT)}]})
        for name, text in texts.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
        if package:
            (folder / "dbt_packages").mkdir()
            (folder / "dbt_packages" / "entity_kit").symlink_to(ROOT, target_is_directory=True)
        return folder

    return write


@pytest.fixture(scope="module")
def plain_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Hide the shell's variables from dbt, and return the folder for scratch folders."""
    scratch = tmp_path_factory.mktemp("scratch")
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("DBT_")]:
            patch.delenv(name)
        patch.setattr(tempfile, "tempdir", str(scratch))
        yield scratch
