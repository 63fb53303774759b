"""Snowflake, BigQuery, Redshift and Databricks as verify's engines, through dbt's adapters.

One engine for all of them, and in `kinds` what differs.
"""
