"""Random expressions over the rows of `nasty_values`, of a type each, that raise no error."""

from __future__ import annotations

from hypothesis import strategies as st

# Productions of a type: `{int}` and its like stand for an expression of that type.
COMMON: dict[str, list[str]] = {
    "int": [
        "i", "j", "id", "0", "1", "-3", "({int} + {int})", "({int} - {int})", "({int} % 7)", "abs({int})",
        "length({text})", "coalesce({int}, {int})", "nullif({int}, {int})", "-({int})",
        "case when {bool} then {int} else {int} end", "case when {bool} then {int} end",
        "greatest({int}, {int})", "least({int}, {int})", "cast({bool} as int)",
        "cast(extract(year from {date}) as int)", "cast(extract(month from {time}) as int)",
        "cast(extract(day from {date}) as int)", "cast(extract(doy from {date}) as int)",
        "cast(extract(week from {date}) as int)", "cast(extract(quarter from {time}) as int)",
        "cast(extract(hour from {time}) as int)", "sum(i) over (order by {int}, id)",
        "row_number() over (order by {text}, id desc)", "lag(i) over (partition by {bool} order by id)",
        "count({text}) over (order by {date} desc)", "rank() over (order by {int} desc)",
        "position({text} in {text})",
    ],
    "num": [
        "n", "f", "{int}", "1.5", "({num} + {num})", "({num} - {num})", "({int} / 4.0)", "({num} * 3)",
        "round(n, 1)", "abs({num})", "sqrt(abs({num}))",
        "coalesce({num}, {num})", "case when {bool} then {num} else {num} end", "n / 4.0", "f / 2",
        "sign({num})",
    ],
    "text": [
        "s", "u", "'abc'", "''", "'1,2'", "({text} || {text})", "({text} || {int})", "lower({text})",
        "trim({text})", "replace({text}, u, 'x')", "reverse({text})", "left({text}, {small})",
        "right({text}, {small})", "substring({text}, {place}, {small})", "substring({text}, {place})",
        "lpad({text}, {small}, 'ab')", "rpad({text}, {small}, '-')", "split_part({text}, ',', 1)",
        "split_part({text}, ',', -1)", "md5({text})", "coalesce({text}, {text})", "repeat({text}, {small})",
        "nullif({text}, {text})", "case when {bool} then {text} else {text} end", "cast({int} as varchar(20))",
        "cast({date} as varchar(20))", "concat_ws('/', {text}, {text})", "translate({text}, 'lo', 'x')",
        "max({text}) over (order by id)", "first_value(s) over (order by {date}, id)",
        "ltrim({text})", "rtrim({text})",
    ],
    "date": [
        "d", "cast({time} as date)", "date '2020-02-29'", "({date} + {small})", "({date} - {small})",
        "coalesce({date}, {date})", "case when {bool} then {date} end",
        "cast(date_trunc('month', {date}) as date)", "cast(date_trunc('week', {date}) as date)",
        "cast(date_trunc('quarter', {date}) as date)", "min({date}) over (order by id)",
        "greatest({date}, {date})",
    ],
    "time": [
        "ts", "date_trunc('hour', ts)", "date_trunc('day', {time})", "({time} + interval '1' month)",
        "({time} - interval '3' day)", "({time} + interval '5' hour)", "coalesce({time}, {time})",
        "date_trunc('week', {time})", "date_trunc('year', {time})", "case when {bool} then {time} end",
    ],
    "bool": [
        "o", "true", "i > j", "({int} = {int})", "({num} < {num})", "({text} = {text})", "({date} >= {date})",
        "({time} < {time})", "(not {bool})", "({bool} and {bool})", "({bool} or {bool})", "({int} is null)",
        "({text} is not null)", "({int} in (1, {int}, null))", "({int} not in (1, 2))", "({text} like '%l%')",
        "({text} like '_%')", "({int} between {int} and {int})", "({int} is distinct from {int})",
        "({bool} is true)", "({text} < {text})", "coalesce({bool}, false)",
    ],
    "small": ["0", "1", "2", "5", "12"],
    "place": ["1", "2", "3", "-1", "-3", "0"],
}  # fmt: skip
# A quotient or an average has fewer digits in DuckDB than in Postgres, so no other number is made of
# one. And a wide decimal without a fraction, as `ceil` returns, takes digits from whatever it shares
# a type with, so `ceil` and `floor` get narrow ones.
POSTGRES = {
    **COMMON,
    "num": [*COMMON["num"], "floor({exact})", "ceil({exact})"],
    "exact": ["n", "1.5", "{whole}", "round(n, 1)", "n / 4.0", "abs({exact})", "({exact} + {exact})"],
    "ratio": ["({exact} / nullif({exact}, 0))", "avg({int}) over (partition by {bool})"],
    "int": [*COMMON["int"], "({whole} / nullif({whole}, 0))", "({date} - {date})", "strpos({text}, {text})",
            "cast({num} as bigint)", "cast(extract(dow from {date}) as int)", "max({int}) filter (where {bool}) over ()"],
    # A quotient of sums is refused if it isn't known whether they are decimals.
    "whole": ["i", "j", "id", "-3", "abs({whole})", "({whole} + {whole})", "cast({int} as bigint)", "length({text})"],
    "text": [*COMMON["text"], "concat({text}, {int}, {text})", "split_part({text}, ',', 2)", "to_char({time}, 'YYYY-MM-DD HH24')",
             "regexp_replace({text}, '[a-l]', '.', 'g')", "left({text}, -1)", "btrim({text}, 'lH ')", "cast({time} as text)"],
    "bool": [*COMMON["bool"], "({text} ilike '%H%')", "({text} ~ '[0-9]')"],
}  # fmt: skip
SPARK = {
    **COMMON,
    "num": [*COMMON["num"], "floor({num})", "ceil({num})", "({num} / nullif({num}, 0))",
            "avg({int}) over (partition by {bool})"],
    "int": [*COMMON["int"], "({int} div nullif({int}, 0))", "datediff({date}, {date})", "instr({text}, {text})",
            "cast({num} as bigint)", "dayofweek({date})", "pmod({int}, 5)"],
    "text": [*COMMON["text"], "concat({text}, {int}, {text})", "date_format({time}, 'yyyy-MM-dd HH')",
             "regexp_replace({text}, '[a-l]', '.')", "cast({time} as string)"],
    "date": [*COMMON["date"], "add_months({date}, 1)", "last_day({date})", "trunc({date}, 'MM')"],
}  # fmt: skip


def expressions(productions: dict[str, list[str]], kind: str, depth: int) -> st.SearchStrategy[str]:
    """Return a strategy for expressions of a type, at most so deep."""

    @st.composite
    def expression(draw: st.DrawFn) -> str:
        return grown(draw, kind, depth)

    def grown(draw: st.DrawFn, kind: str, depth: int, *, window: bool = True) -> str:
        allowed = [one for one in productions[kind] if depth or "{" not in one]
        allowed = [one for one in allowed if window or " over (" not in one]
        template = draw(st.sampled_from(allowed))
        inner = window and " over (" not in template
        while (start := template.find("{")) >= 0:
            end = template.index("}", start)
            part = grown(draw, template[start + 1 : end], max(depth - 1, 0), window=inner)
            template = template[:start] + part + template[end + 1 :]
        return template

    return expression()


def several(productions: dict[str, list[str]], count: int) -> st.SearchStrategy[list[str]]:
    """Return a strategy for a list of expressions of all types."""
    kinds = [
        kind
        for kind in ("int", "num", "text", "date", "time", "bool", "ratio")
        if kind in productions
    ]
    each = [expressions(productions, kinds[n % len(kinds)], 3) for n in range(count)]
    return st.tuples(*each).map(list)
