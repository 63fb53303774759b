"""Sources made up from their YAML alone, so that a project without any data can be verified.

`declared` reads the YAML, `tables` makes rows, both pure; `writing` makes a samples folder of them.
May import `sampling` and what is below it, never `verify`.
"""
