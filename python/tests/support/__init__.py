"""What several families of tests share: projects, engines, and readers of results.

A family's conftest imports the fixtures that it wants by name; tests import the rest.
"""

import pytest

pytest.register_assert_rewrite(
    "support.chromium",
    "support.dated_runs",
    "support.dbt_v2_project",
    "support.macro_project",
    "support.verify_project",
)
