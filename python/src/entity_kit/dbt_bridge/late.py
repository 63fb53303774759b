"""Dicts whose entries are made when they are first looked up. Knows nothing of dbt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping


class LateDict(dict[str, Any]):
    """A dict of `own` entries, and of others that `make` makes from their names when needed."""

    def __init__(
        self,
        names: Collection[str] = (),
        make: Callable[[str], Any] = lambda _: None,
        own: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(own or {})
        self._names, self._make = names, make
        # Of a Jinja context, what was made of the macros that were called in it, by unique id.
        self.macros: dict[str, Any] = {}
        # Where these look their names up.
        self.jinja: Any = None

    def add_late(self, names: Collection[str], make: Callable[[str], Any]) -> None:
        """Have these entries, too, unless there are some of their names."""
        self._names, self._make = names, make

    def made(self) -> set[str]:
        """Return the names of the entries that are there already."""
        return set(dict.keys(self))

    def __missing__(self, name: str) -> Any:
        if name not in self._names:
            raise KeyError(name)
        made = self._make(name)
        super().__setitem__(name, made)
        return made

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or name in self._names

    def __bool__(self) -> bool:
        return super().__len__() > 0 or len(self._names) > 0

    def get(self, name: str, default: Any = None) -> Any:
        try:
            return self[name]
        except KeyError:
            return default

    def fill(self) -> None:
        """Make all entries that there aren't yet."""
        names, self._names = self._names, ()
        for name in names:
            if not super().__contains__(name):
                super().__setitem__(name, self._make(name))


def fill_before(kind: type[Any], *names: str) -> None:
    """Let these methods of a kind of dict fill it first, by its own method `fill`."""
    for name in names:
        setattr(kind, name, _filled_first(name))


def _filled_first(name: str) -> Any:
    method = getattr(dict, name)

    def late(self: Any, *arguments: Any, **named: Any) -> Any:
        self.fill()
        return method(self, *arguments, **named)

    return late


# __iter__ is among them since what copies a dict trusts its own only where this isn't replaced.
ALWAYS = (
    *("__iter__", "__reversed__", "__eq__", "__ne__", "__or__", "__ror__", "__repr__"),
    *("items", "values", "copy", "pop", "popitem", "setdefault", "__delitem__"),
)
fill_before(LateDict, *ALWAYS, "__len__", "keys", "clear")
