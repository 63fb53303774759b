"""The fixtures of this family: a dbt project with the package installed."""

from support.macro_project import make_project

__all__ = ["make_project"]
