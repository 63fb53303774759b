"""Search random variations of what may arrive, and shrink a failure to a small case.

It asks a replay whether a model still differs; it draws rows through `arrivals`.
May import `causes`, `replay`, and the floors below.
"""
