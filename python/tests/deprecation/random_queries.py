"""Draw small selects over a deprecated model and its neighbors, as consumers write them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

OLD = "{{ ref('customers') }}"
NEW = "{{ ref('dim_customers') }}"
TABLES = {
    "dim_customers": ("customer_id", "full_name", "since", "amount"),
    "orders": ("order_id", "customer_id", "name", "amount"),
    "people": ("id", "full_name", "since"),
}
ALIASES = ("c", "o", "p", "customers", "dim_customers", "orders", "", "")
NAMES = ("id", "name", "customer_id", "full_name", "k", "amount")


@dataclass
class Draw:
    """Draws one select: `old` are the old model's columns, `outer` the sources around it."""

    random: Random
    old: list[str]
    depth: int = 2
    outer: tuple = ()
    ctes: list = field(default_factory=list)
    sources: list = field(default_factory=list)
    outputs: list = field(default_factory=list)

    def one(self, *choices):
        return self.random.choice(choices)

    def chance(self, percent):
        return self.random.random() * 100 < percent

    def inner(self, depth, outer=()):
        draw = Draw(self.random, self.old, depth, outer)
        return draw.sql(), draw.outputs

    def sql(self):
        from_clause = self.from_clause()
        items = [self.item() for _ in range(self.one(1, 1, 2, 3))]
        sql = f"select {self.one('', '', '', 'distinct ')}{', '.join(items)}\nfrom {from_clause}"
        sql += self.where() + self.behind()
        if self.ctes:
            sql = f"with {', '.join(self.ctes)}\n{sql}"
        if self.depth and self.chance(15):
            more, _ = self.inner(0, self.outer)
            alone = "order by" in sql or self.ctes
            sql = f"{f'({sql})' if alone else sql}\nunion all\n{more}"
        return sql

    def from_clause(self):
        aliases = self.random.sample(ALIASES, len(ALIASES))
        text = self.source(0, aliases[0])
        for at in range(1, self.one(1, 1, 1, 2, 2, 3)):
            each = self.source(at, aliases[at])
            how = self.one(*["on"] * 6, "using", "natural", "cross", "semi")
            if how in {"on", "semi"}:
                how = "" if how == "on" else "semi "
                text += f" {how}join {each} on {self.column()} = {self.column()}"
            elif how == "using":
                text += f" join {each} using ({self.one(*self.sources[at][1] or ['id'])})"
            else:
                text += f" {how} join {each}"
        return text

    def source(self, at, alias):
        kind = self.one("old", "old", "old", "new", "orders", "people", "derived", "cte")
        if kind in {"derived", "cte"} and self.depth:
            sql, columns = self.inner(self.depth - 1)
            text = f"({sql})"
            if kind == "derived":
                alias = alias or "d"
            else:
                text = f"{self.one('x', 'customers', 'dim_customers')}{at}"
                self.ctes.append(f"{text} as ({sql})")
        elif kind in {"old", "derived", "cte"}:
            text, columns = OLD, self.old
        else:
            text = NEW if kind == "new" else kind
            columns = TABLES["dim_customers" if kind == "new" else kind]
        name = {OLD: "customers", NEW: "dim_customers"}.get(text, text)
        self.sources.append((alias or name, list(columns)))
        return f"{text} {self.one('as ', '')}{alias}" if alias else text

    def column(self, own=None):
        own = self.sources if own is None else own
        name, columns = self.one(*own)
        if not columns:
            return "1"
        found = self.one(*columns)
        alone = sum(found in theirs for _, theirs in own) == 1
        hidden = own is self.outer and any(found in theirs for _, theirs in self.sources)
        shown = f'"{found}"' if self.chance(15) else found
        return shown if alone and not hidden and self.chance(60) else f"{name}.{shown}"

    def value(self):
        kind = self.one(*["column"] * 6, "sum", "window", "scalar", "outer")
        if kind == "sum":
            return f"{self.column()} + {self.column()}"
        if kind == "window":
            return f"rank() over (partition by {self.column()} order by {self.column()})"
        if kind == "scalar" and self.depth:
            sql, columns = self.inner(0, (*self.outer, *self.sources))
            return f"(select max({columns[0]}) from ({sql}) as m)" if columns else "1"
        return self.column(self.outer) if kind == "outer" and self.outer else self.column()

    def item(self):
        if self.chance(12):
            name, columns = self.one(*self.sources)
            self.outputs += columns
            return self.one(f"{name}.*", "*", "* exclude (id)")
        item = self.value()
        bare = item.split(".")[-1].strip('"')
        if not bare.isidentifier() or self.chance(35):
            bare = self.one(*NAMES)
            if self.chance(90):
                item += f" as {bare}"
        self.outputs.append(bare)
        return item

    def where(self):
        tests = []
        if self.chance(30):
            tests.append(f"{self.value()} {self.one('>', '<=', '=')} {self.value()}")
        if self.chance(20):
            sql, _ = self.inner(0, (*self.outer, *self.sources))
            tests.append(self.one(f"exists ({sql})", f"{self.column()} in ({sql})"))
        return f"\nwhere {' and '.join(tests)}" if tests else ""

    def behind(self):
        sql = ""
        if self.chance(15):
            sql += f"\ngroup by {self.one(self.column(), 'all')}"
        if self.chance(10):
            sql += (
                f"\nqualify rank() over (partition by {self.column()} order by {self.column()}) < 3"
            )
        if self.chance(25):
            sql += f"\norder by {self.one(self.column(), self.outputs[0] if self.outputs else '1', '1', self.value())}"
        return sql
