{#-
    Each entity's periods in this model's table as it stands, for `entity-kit coverage`: as the body of a CTE. Before
    the first run there is none of them; `units` then lends the types.
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
