"""Write what a deploy does as text, JSON, Markdown, or workflow commands; none of them runs anything.

May import `verify.deploy.results`, `verify.reports`, and the floors below.
"""
