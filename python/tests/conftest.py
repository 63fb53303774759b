"""What tests of every folder share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from chromium import Page, find_chromium

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def chromium_page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """Give a page of headless Chromium, one for all tests of this process."""
    executable, reason = find_chromium()
    if executable is None:
        pytest.skip(reason)
    page = Page(executable, tmp_path_factory.mktemp("chromium"))
    yield page
    page.close()
