"""Replay one project under two dbts, and compare what they build at every step.

Its results are plain values in `results`; `reports` format them, and `verification` runs it all.
May import `verify`'s other modules but its `search`, and the floors below.
"""
