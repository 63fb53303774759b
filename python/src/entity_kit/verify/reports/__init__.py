"""Write a verification's result as text, JSON, HTML, JUnit, or for GitHub.

Each module takes a `VerifyResult` and returns text; none of them runs anything.
May import `verify.results`, `compare`, and `arrivals`.
"""
