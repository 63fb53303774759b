"""Every kind of result says which models it leaves out, and its notes, in every format of lines."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from entity_kit.verify.deploy.reports import github as deploy_github
from entity_kit.verify.deploy.reports import text as deploy_text
from entity_kit.verify.deploy.results import DeployResult
from entity_kit.verify.listing import Listing, listing_lines
from entity_kit.verify.reports import github, text
from entity_kit.verify.results import Timing, VerifyResult
from entity_kit.verify.two_dbts.reports import github as two_github
from entity_kit.verify.two_dbts.reports import text as two_text
from entity_kit.verify.two_dbts.results import Dbt, TwoDbts

STEPS = (datetime(2024, 1, 1, tzinfo=timezone.utc),)
TIMING = Timing(1.0, 0.5, 0.1)
ASIDE = {"left_out": (("gone", "it writes files"),), "notes": ("a note",)}
DBTS = (Dbt("1.11.0", None, "dbt 1.11.0"), Dbt("2.0.0", "path", "dbt 2.0.0"))
RESULTS = {
    "verify": (VerifyResult((), 0, STEPS, TIMING, **ASIDE), text, github),
    "deploy": (
        DeployResult("main", "c" * 40, (), STEPS, (), TIMING, **ASIDE),
        deploy_text,
        deploy_github,
    ),
    "two dbts": (TwoDbts(DBTS, (), 0, STEPS, TIMING, **ASIDE), two_text, two_github),
}


@pytest.mark.parametrize("kind", RESULTS)
def test_a_result(kind):
    result, as_text, as_github = RESULTS[kind]
    lines = list(as_text.text_lines(result))
    assert lines[-3:-1] == ["- gone: left out, it writes files", "note: a note"]
    assert not {*lines[-3:-1]} & {*as_text.text_lines(result, quiet=True)}

    lines = list(as_github.annotation_lines(result))
    assert lines[-3:-1] == ["::notice::gone: left out, it writes files", "::notice::a note"]

    comment = as_github.markdown_text(result)
    assert 0 < comment.index("gone: left out, it writes files") < comment.index("a note")


def test_a_listing():
    lines = list(listing_lines(Listing((), (), STEPS, 0, **ASIDE)))
    assert lines[-3:-1] == ["- gone: left out, it writes files", "note: a note"]
