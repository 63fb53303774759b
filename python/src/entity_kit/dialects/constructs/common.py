"""What every dialect here has, and what means the same in DuckDB."""

from __future__ import annotations

from typing import TYPE_CHECKING

from entity_kit.dialects import aggregates

if TYPE_CHECKING:
    from entity_kit.dialects.constructs.entries import Entry

SCALARS: dict[str, Entry] = {
    "ABS": "abs({0})",
    "COALESCE": "coalesce({*})",
    "NULLIF": "nullif({0}, {1})",
    "UPPER": "upper(ek_text({0}))",
    "LOWER": "lower(ek_text({0}))",
    "LENGTH": "length(ek_text({0}))",
    "REPLACE": "replace(ek_text({0}), {1}, {2})",
    "FLOOR": "floor({0})",
    "CEIL": "ceil({0})",
    "CEILING": "ceil({0})",
    "EXP": "exp({0})",
    "SQRT": "sqrt({0})",
    "LN": "ln({0})",
    "SIGN": "sign({0})",
    "MOD": "({0} % {1})",
}
AGGREGATES: dict[str, Entry] = {
    "COUNT": ("count({0})",),
    "SUM": "sum({0})",
    "MIN": "min({0})",
    "MAX": "max({0})",
    "AVG": "avg({0})",
}
STATISTICS: dict[str, Entry] = {
    "STDDEV": "stddev_samp({0})",
    "STDDEV_SAMP": "stddev_samp({0})",
    "STDDEV_POP": "stddev_pop({0})",
    "VARIANCE": "var_samp({0})",
    "VAR_SAMP": "var_samp({0})",
    "VAR_POP": "var_pop({0})",
    "CORR": aggregates.corr,
    "MEDIAN": "quantile_cont(CAST({0} AS DOUBLE), 0.5)",
    "ANY_VALUE": "any_value({0})",
    "PERCENTILE_CONT": aggregates.percentile_cont,
}
WINDOWS: dict[str, Entry] = {
    "ROW_NUMBER": "row_number()",
    "RANK": "rank()",
    "DENSE_RANK": "dense_rank()",
    "PERCENT_RANK": "percent_rank()",
    "CUME_DIST": "cume_dist()",
    "NTILE": "ntile({0})",
    "LAG": "lag({*})",
    "LEAD": "lead({*})",
    "FIRST_VALUE": "first_value({0})",
    "LAST_VALUE": "last_value({0})",
    "NTH_VALUE": "nth_value({0}, {1})",
}
REFUSED = {
    "INITCAP": "Which characters divide words isn't the same everywhere.",
}
