"""What several families of tests share: projects to run, engines to run them on, readers of results.

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
