"""Read values of a spec, and collect what is wrong with its lines."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from entity_kit.errors import EntityKitError, closest_word

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from entity_kit.project_health.scaffold.spec_text import SpecText, Where

_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)


class Reader:
    """Reads values by where they are written. What is wrong is kept in `problems`, and reading goes on."""

    def __init__(self, text: SpecText) -> None:
        self._text = text
        self.problems: list[tuple[int, str]] = []

    def report(self, where: Where, said: str) -> None:
        self.problems.append((self._text.line(where), said))

    def finish(
        self, fix: str = "`entity-kit new --example` prints a spec that has every key."
    ) -> None:
        """Raise EntityKitError with all problems in the order of their lines, if there are any."""
        found = list(dict.fromkeys(sorted(self.problems)))
        if found:
            raise EntityKitError(
                "\n".join(f"{self._text.name}:{line}: {said}" for line, said in found),
                fix=fix,
            )

    def wrong(self, where: Where, expected: str, given: Any, fix: str = "") -> None:
        said = f"`{shown(where)}` must be {expected}; got {given!r}."
        self.report(where, f"{said} {fix}".rstrip())

    def mapping(
        self, where: Where, given: Any, known: Sequence[str], required: Collection[str] = ()
    ) -> Mapping[str, Any]:
        """Return a mapping with none but known keys."""
        if not isinstance(given, dict):
            self.wrong(where, "a mapping", given, f"It may have {', '.join(known)}.")
            return {}
        for key in given:
            if key not in known:
                self.report(
                    (*where, key),
                    f"{_of(where)} has no key `{key}`. {closest_word(key, known)} "
                    f"It may have {', '.join(known)}.",
                )
        missing = [key for key in required if given.get(key) is None]
        if missing:
            what = ", ".join(f"`{key}`" for key in missing)
            self.report(where, f"{_of(where)} lacks {what}.")
        return {key: value for key, value in given.items() if key in known and value is not None}

    def text(self, where: Where, given: Any) -> str:
        if not isinstance(given, str) or not given.strip():
            if given != "":
                self.wrong(where, "a text", given, "Put it in quotes.")
            else:
                self.wrong(where, "a text that isn't empty", given)
            return ""
        return given.strip()

    def name(self, where: Where, given: Any, what: str = "a name") -> str:
        if not isinstance(given, str) or _NAME.fullmatch(given) is None:
            self.wrong(where, f"{what} of letters, digits, and underscores", given)
            return ""
        return given

    def column(self, where: Where, given: Any) -> str:
        if not isinstance(given, str) or _NAME.fullmatch(given) is None:
            fix = "Give any other column a name under `columns` of its source."
            self.wrong(where, "a column's name of letters, digits, and underscores", given, fix)
            return ""
        return given

    def columns(self, where: Where, given: Any) -> tuple[str, ...]:
        """Return a column, or several, as a tuple without repetitions."""
        if isinstance(given, str):
            given = [given]
        if not isinstance(given, list):
            self.wrong(where, "a column, or a list of columns", given)
            return ()
        found = [self.column((*where, place), each) for place, each in enumerate(given)]
        return tuple(dict.fromkeys(name for name in found if name))

    def described(self, where: Where, given: Any) -> dict[str, str]:
        """Return columns with their descriptions: a mapping, or a list of columns."""
        if not isinstance(given, dict):
            return dict.fromkeys(self.columns(where, given), "")
        return {
            name: "" if said is None else self.text((*where, key), said)
            for key, said in given.items()
            if (name := self.column((*where, key), key))
        }

    def choice(self, where: Where, given: Any, known: Sequence[str]) -> str:
        if given not in known:
            self.wrong(where, f"one of {', '.join(known)}", given, closest_word(given, known))
            return known[0]
        return str(given)

    def number(self, where: Where, given: Any) -> int:
        if isinstance(given, bool) or not isinstance(given, int) or given < 1:
            self.wrong(where, "a whole number from 1", given)
            return 1
        return int(given)

    def listed(self, where: Where, given: Any) -> list[Any]:
        if not isinstance(given, list):
            self.wrong(where, "a list", given)
            return []
        return given


def shown(where: Where) -> str:
    """Return the path of a part, such as `grains[0].measures`."""
    text = ""
    for step in where:
        text += f"[{step}]" if isinstance(step, int) else f".{step}"
    return text.removeprefix(".")


def _of(where: Where) -> str:
    return f"`{shown(where)}`" if where else "The spec"
