"""The fixtures of the package's tests, for the macros of this family."""

from tests.package.conftest import *  # noqa: F403
