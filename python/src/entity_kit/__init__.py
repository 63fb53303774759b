"""Proves that each incremental dbt model equals its own full refresh."""

__version__ = "0.1.0"
