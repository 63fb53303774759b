"""`entity-kit sample`: a small consistent part of a project's sources, as Parquet.

What is chosen is decided by pure functions; `readers` asks the warehouse, which is only read.
May import everything below, and nothing of `cli`.
"""
