"""Every format of a result of `verify`, whichever kind of result it is."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from entity_kit.verify.deploy.reports import github as deploy_github
from entity_kit.verify.deploy.reports import json as deploy_json
from entity_kit.verify.deploy.reports import text as deploy_text
from entity_kit.verify.deploy.results import DeployResult
from entity_kit.verify.reports.github import annotation_lines, markdown_text
from entity_kit.verify.reports.html import as_html
from entity_kit.verify.reports.json import as_json
from entity_kit.verify.reports.junit import as_junit
from entity_kit.verify.reports.text import text_lines
from entity_kit.verify.two_dbts.reports import github as two_github
from entity_kit.verify.two_dbts.reports import html as two_html
from entity_kit.verify.two_dbts.reports import json as two_json
from entity_kit.verify.two_dbts.reports import junit as two_junit
from entity_kit.verify.two_dbts.reports import text as two_text
from entity_kit.verify.two_dbts.results import TwoDbts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from entity_kit.verify.results import VerifyResult


@dataclass(frozen=True, slots=True)
class Formats:
    """What writes one result.

    `text` takes the command and `quiet`, `github` the project's folder within the repository, and
    `html` a title.
    """

    text: Callable[..., Iterator[str]]
    github: Callable[[str], Iterator[str]]
    markdown: Callable[[], str]
    json: Callable[[], dict[str, Any]]
    junit: Callable[[], str]
    html: Callable[[str], str]


def formats_of(
    result: VerifyResult | TwoDbts | DeployResult, cases_in: str | None = None
) -> Formats:
    """Return what writes a result; `cases_in` is the folder in which the cases found are saved."""
    if isinstance(result, DeployResult):
        return Formats(
            partial(deploy_text.text_lines, result),
            partial(deploy_github.annotation_lines, result),
            partial(deploy_github.markdown_text, result),
            partial(deploy_json.as_json, result),
            _none,
            _none,
        )
    if isinstance(result, TwoDbts):
        return Formats(
            partial(two_text.text_lines, result),
            partial(two_github.annotation_lines, result),
            partial(two_github.markdown_text, result),
            partial(two_json.as_json, result),
            partial(two_junit.as_junit, result),
            partial(two_html.as_html, result),
        )
    return Formats(
        partial(text_lines, result, cases_in=cases_in),
        partial(annotation_lines, result),
        partial(markdown_text, result),
        partial(as_json, result),
        partial(as_junit, result),
        partial(as_html, result),
    )


def _none(*_: object) -> str:
    """Stand for a format that is refused before a result is there."""
    raise NotImplementedError


def root_of(project_dir: Path) -> str:
    """Return a project's folder, relative to the repository's, where GitHub's workflows begin."""
    workspace = Path(os.environ.get("GITHUB_WORKSPACE") or Path.cwd()).resolve()
    return Path(os.path.relpath(project_dir.resolve(), workspace)).as_posix()
