"""Run a project step by step, incrementally and with a full refresh, and compare the two.

Its results are plain values in `outcome`; it decides nothing about causes or verdicts.
May import `engines`, `arrivals`, `dbt_bridge`, and the floors below.
"""
