"""The pages about dialects say what the tables have. ENTITY_KIT_RENEW=1 writes them anew."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from entity_kit.dialects import DIALECTS
from entity_kit.dialects.constructs import table_of
from entity_kit.dialects.page import page

DOCS = Path(__file__).parents[3] / "docs" / "dialects"


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_page_is_current(dialect):
    file = DOCS / f"{dialect}.md"
    if os.environ.get("ENTITY_KIT_RENEW"):
        DOCS.mkdir(exist_ok=True)
        file.write_text(page(dialect), encoding="utf-8")
    assert file.read_text(encoding="utf-8") == page(dialect), "set ENTITY_KIT_RENEW=1"


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_entry_says_what_it_is(dialect):
    table = table_of(dialect)
    for name, entry in {**table.scalars, **table.aggregates, **table.windows}.items():
        assert not callable(entry) or entry.__doc__, name
