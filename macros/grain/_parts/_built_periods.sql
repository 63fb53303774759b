{#-
    Each entity's periods in this model's existing table, for `entity-kit coverage`, as the body of a CTE. Before the
    first run there are none; the types then come from `units`.
-#}
{%- macro _built_periods(keys, units, period) -%}
{%- if execute and adapter.get_relation(this.database, this.schema, this.identifier) is not none -%}
select {{ keys | join(', ') }}, period_start, period_end
from {{ this }}
{%- else -%}
select {{ keys | join(', ') }}, {{ period }} as period_start, {{ period }} as period_end
from {{ units }}
where 1 = 0
{%- endif -%}
{%- endmacro -%}
