"""`entity-kit explain` prints the pages about causes."""

from __future__ import annotations

from pathlib import Path

from entity_kit.causes.catalog import CODES
from support.verify_project import run

PAGES = Path(__file__).parents[3] / "docs" / "causes"


def test_every_cause_is_listed_with_a_sentence():
    told = run(["explain"])
    assert (told.exit_code, told.stderr) == (0, "")
    listed = dict(line.split(maxsplit=1) for line in told.stdout.splitlines())
    assert set(listed) == CODES
    assert all(sentence.endswith(".") and len(sentence) > 20 for sentence in listed.values())


def test_a_page_is_printed_as_it_is():
    assert run(["explain", "null-key"]).stdout == (PAGES / "null-key.md").read_text("utf-8")


def test_a_misspelled_cause_is_refused():
    told = run(["explain", "late_arival"])
    assert (told.exit_code, told.stdout) == (2, "")
    assert told.stderr == "Error: There is no cause `late_arival`.\nClosest: late-arrival.\n"
