"""The command line: one module per group of commands. They parse, call, and print.

May import everything else; nothing but `__main__` imports it.
"""

from entity_kit.cli.commands import main

__all__ = ["main"]
