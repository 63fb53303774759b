"""`diff` on files: which relations it finds, and its messages if it can't."""

from __future__ import annotations

import errno
import hashlib
import sqlite3
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from entity_kit.compare import relations as engine
from entity_kit.compare.difference import Comparison
from entity_kit.compare.relations import diff
from entity_kit.errors import EntityKitError
from entity_kit.warehouse import QueryError, answered, connect, rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from entity_kit.warehouse import Connection


def build(path: Path, *statements: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with connect(path, create=True) as connection:
        for statement in statements:
            rows(connection, statement)
    return path


@pytest.fixture
def warehouse(tmp_path: Path) -> Path:
    return build(
        tmp_path / "shop.duckdb",
        "create table orders as select i as id, i * 10 as amount from range(100) as t(i)",
        "create schema refreshed",
        "create table refreshed.orders as select id, amount + (id = 7)::int as amount from orders",
        "create table refreshed.customers as select 1 as id",
        "create schema other",
        "create table other.customers as select 1 as id",
        "create view orders_view as select * from orders",
        "create view named_view as select * from shop.main.orders",
        'create schema "my.schema"',
        'create table "my.schema"."a:""b"".c" as select * from orders',
    )


def refused(*arguments: object, **options: object) -> EntityKitError:
    with pytest.raises(EntityKitError) as error:
        diff(*arguments, **options)
    return error.value


# Names


@pytest.mark.parametrize(
    "name",
    [
        "orders",
        "ORDERS",
        "main.orders",
        '"orders"',
        'Main."Orders"',
        "orders_view",
        "named_view",
        '"my.schema"."a:""b"".c"',
    ],
)
def test_a_relation_goes_by_its_name(warehouse: Path, name: str) -> None:
    assert diff(warehouse, name, "orders").agrees
    assert diff(str(warehouse), "orders", name).agrees


def test_two_schemas_of_one_file(warehouse: Path) -> None:
    found = diff(warehouse, "orders", "refreshed.orders", key=["id"])
    assert found.comparison == Comparison(only_incremental=0, only_full_refresh=0, changed=1)
    assert found.sample[0].row == {"id": 7, "amount": 71}
    assert found.sample[0].before == {"amount": 70}


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["other.duckdb", "shop.duckdb", "memory.duckdb", "temp.duckdb", "no ending", "it's.db"]
)
@pytest.mark.parametrize("relation", ["orders", "main.orders"])
def test_a_relation_of_another_file(
    warehouse: Path, tmp_path: Path, name: str, relation: str
) -> None:
    other = build(
        tmp_path / "elsewhere" / name,
        "create table orders as select i as id, i * 10 as amount from range(101) as t(i)",
    )
    found = diff(warehouse, "orders", f"{other}:{relation}")
    assert found.comparison == Comparison(only_incremental=0, only_full_refresh=1, changed=0)
    found = diff(warehouse, f"{other}:{relation}", "orders")
    assert found.comparison == Comparison(only_incremental=1, only_full_refresh=0, changed=0)
    assert diff(warehouse, f"{other}:{relation}", f"{other}:{relation}").agrees


def test_a_file_by_two_paths_is_one(warehouse: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(warehouse.parent)
    assert diff("shop.duckdb", "orders", f"{warehouse}:named_view").agrees


def test_a_view_that_might_read_the_other_file_is_refused(warehouse: Path, tmp_path: Path) -> None:
    other = build(
        tmp_path / "elsewhere" / "shop.duckdb",
        "create table orders as select 1 as id, 2 as amount",
        "create view named_view as select * from shop.main.orders",
    )
    error = refused(warehouse, "orders", f"{other}:named_view")
    assert "named_view in " in error.message
    assert "is a view, and the other file has the same name, so the view" in error.message
    assert diff(other, "orders", "named_view").agrees


def test_a_table_without_schema_is_that_of_main(warehouse: Path) -> None:
    assert diff(warehouse, "orders", "main.orders").agrees


def test_a_table_in_one_schema_needs_none(warehouse: Path) -> None:
    error = refused(warehouse, "customers", "other.customers")
    assert error.message.endswith("shop.duckdb has customers in several schemas.")
    assert error.fix == "Write which: other.customers, refreshed.customers."
    with connect(warehouse) as connection:
        rows(connection, "drop table refreshed.customers")
    assert diff(warehouse, "customers", "other.customers").agrees


@pytest.mark.parametrize(
    ("name", "message", "fix"),
    [
        ("order", "There is no relation order in ", "Closest: orders, orders_view."),
        ("main.oders", "There is no relation main.oders in ", "Closest: main.orders, "),
        (
            "refreshd.orders",
            "There is no relation refreshd.orders in ",
            "Closest: refreshed.orders",
        ),
        ("zzz", "There is no relation zzz in ", "There are: "),
        ("a.b.c", "'a.b.c' isn't a relation.", "Write table, schema.table or other.duckdb:"),
        ("", "'' isn't a relation.", "Write table, "),
        ('"unclosed', "isn't a relation.", "Write table, "),
        (
            "orders; drop table orders",
            "There is no relation orders; drop table orders",
            'There are: "a:""b"".c", customers, ',
        ),
    ],
)
def test_a_name_that_nothing_has(warehouse: Path, name: str, message: str, fix: str) -> None:
    error = refused(warehouse, name, "orders")
    assert message in error.message
    assert error.fix.startswith(fix)


def test_an_empty_warehouse(tmp_path: Path) -> None:
    error = refused(build(tmp_path / "empty.duckdb"), "orders", "orders")
    assert error.fix == "There are none."


def test_an_unknown_key(warehouse: Path) -> None:
    error = refused(warehouse, "orders", "refreshed.orders", key=["ids"])
    assert str(error) == "There is no column ids to use as a key.\nClosest: id."


def test_a_negative_limit(warehouse: Path) -> None:
    assert "0 or more; got -1" in refused(warehouse, "orders", "orders", limit=-1).message


def test_the_limit_is_that_of_the_sample(warehouse: Path) -> None:
    assert diff(warehouse, "orders", "refreshed.customers", limit=0).sample == ()
    assert len(diff(warehouse, "orders", "refreshed.customers", limit=3).sample) == 3


def test_a_view_that_no_longer_works(warehouse: Path) -> None:
    with connect(warehouse) as connection:
        rows(connection, "create table gone as select 1 as id")
        rows(connection, "create view broken as select * from gone")
        rows(connection, "drop table gone")
    error = refused(warehouse, "orders", "broken")
    assert error.message.startswith("DuckDB could not compare orders with broken.\n")
    assert "gone" in error.message


@pytest.mark.parametrize(
    "words",
    [
        "Out of Memory Error: failed to offload data block of size 256.0 KiB (1.0 GiB/1.0 GiB used).",
        'IO Error: Could not write all bytes to file "x.tmp": No space left on device',
    ],
)
def test_too_little_room(words: str) -> None:
    with pytest.raises(EntityKitError) as error, answered("compare a with b"):
        raise QueryError(words)
    assert error.value.message == f"DuckDB could not compare a with b.\n{words}"
    assert error.value.fix.startswith("Free some disk space")


# Files


def test_a_missing_file(tmp_path: Path, warehouse: Path) -> None:
    missing = tmp_path / "missing.duckdb"
    assert refused(missing, "a", "b").message == f"There is no warehouse file at {missing}."
    error = refused(warehouse, "orders", f"{missing}:orders")
    assert error.message == f"There is no warehouse file at {missing}."
    assert not missing.exists()


def test_a_folder(tmp_path: Path) -> None:
    assert refused(tmp_path, "a", "b").message == f"{tmp_path} is a folder."


@pytest.mark.parametrize("kind", ["text", "empty", "sqlite"])
def test_a_file_that_is_not_duckdbs(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "shop.duckdb"
    if kind == "sqlite":
        database = sqlite3.connect(path)
        database.execute("create table a (x)")
        database.close()
    else:
        path.write_text("id,amount\n1,2\n" * 5000 if kind == "text" else "")
    assert refused(path, "a", "b").message == f"{path} is not a DuckDB database file."


def test_a_damaged_file(warehouse: Path) -> None:
    warehouse.write_bytes(warehouse.read_bytes()[:6000])
    assert refused(warehouse, "a", "b").message.startswith(f"{warehouse} can't be opened.\n")


def test_a_file_that_may_not_be_read(warehouse: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Taking the right away would not stop root, as whom containers run tests.
    def deny(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("pathlib.Path.open", deny)
    error = refused(warehouse, "a", "b")
    assert error.message == f"{warehouse} can't be read: Permission denied."


@contextmanager
def another_process_has(path: Path, *, read_only: bool) -> Iterator[int]:
    """Keep a file open in another process, and return its process id."""
    hold = (
        "import duckdb, sys\n"
        f"connection = duckdb.connect(sys.argv[1], read_only={read_only})\n"
        "print('up', flush=True)\n"
        "input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", hold, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout.readline() == b"up\n"
        try:
            yield holder.pid
        finally:
            holder.communicate(b"\n")


def test_a_file_held_by_another_process(warehouse: Path) -> None:
    with another_process_has(warehouse, read_only=False) as number:
        error = refused(warehouse, "orders", "refreshed.orders")
    assert error.message.startswith(f"{warehouse} is locked by another process.\n")
    assert str(number) in error.message
    assert error.fix.startswith("Close the other program")
    assert not diff(warehouse, "orders", "refreshed.orders").agrees


def test_a_file_that_another_process_reads(warehouse: Path) -> None:
    with another_process_has(warehouse, read_only=True):
        assert diff(warehouse, "orders", "orders_view").agrees


def test_a_file_open_for_writing_in_this_process(warehouse: Path) -> None:
    with connect(warehouse) as connection:
        if rows(connection, "select version() like 'v1.3.%'")[0][0]:
            pytest.skip("DuckDB 1.3 lets a process open a file twice.")
        error = refused(warehouse, "orders", "refreshed.orders")
    assert "is already open in this process" in error.message


def test_what_spills_goes_to_the_temporary_folder_and_away(
    warehouse: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spilled = []

    def spill(connection: Connection, *_: object, **__: object) -> None:
        rows(connection, "set memory_limit = '60MB'")
        rows(connection, "create temp table big as select hash(i) as x from range(3000000) as t(i)")
        rows(connection, "select count(*) from (select x from big order by x offset 10)")
        spilled.extend(path for path in tmp_path.rglob("*") if "duckdb_temp" in path.name)

    (tmp_path / "spill").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "spill"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(engine, "compare", spill)
    diff(warehouse, "orders", "refreshed.orders")
    assert spilled
    assert all(path.is_relative_to(tmp_path / "spill") for path in spilled)
    assert list((tmp_path / "spill").iterdir()) == []


def test_files_are_only_read_and_nothing_stays(
    warehouse: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "spill").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "spill"))
    before = hashlib.sha256(warehouse.read_bytes()).digest()
    diff(warehouse, "orders", "refreshed.orders", key=["id"])
    assert hashlib.sha256(warehouse.read_bytes()).digest() == before
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["here", "shop.duckdb", "spill"]
