"""Which models are verified where no option selects them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from entity_kit.verify.models import parse_models
from entity_kit.verify.options import read_options
from entity_kit.verify.session import open_session
from support.verify_project import FCT

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.verify_project import Project

DEFAULT = """
selectors:
  - {name: some, default: true, definition: {method: fqn, value: other}}
"""


def test_all_models_are_unless_the_project_has_a_default_selector(
    make_project: Callable[..., Project],
):
    project = make_project({"fct.sql": FCT, "other.sql": FCT, "plain.sql": "select 1 as i"})
    found = []
    with open_session(read_options(project.folder)) as session:
        for text in ("", DEFAULT):
            if text:
                project.write({"selectors.yml": text})
            _, models = parse_models(session, (), ())
            found.append([model.name for model in models])
        _, models = parse_models(session, ("fct",), ())
        found.append([model.name for model in models])
    assert found == [["fct", "other"], ["other"], ["fct"]]
