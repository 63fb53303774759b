{#-
    The select of columns of the events in the periods that the run reads: of distinct periods, so of each row once. Where
    reads are split, the few entities of older periods are one more filter. A `union` of keys lets DuckDB see that they are
    fewer than the rows, and filter the rows by them.
-#}
{%- macro _grain_events_to_read(spec, columns, union='union all') -%}
{%- set units, period = ('periods_to_build', 'entity_kit_period') if spec.widest == 1
    else ('periods_to_read', 'entity_kit_read') -%}
{%- set head = entity_kit._query([entity_kit._select('select', columns), 'from events_with_period as event']) -%}
{%- set select = head ~ '\n' ~ entity_kit._join_units(spec, units, period) -%}
{%- if not entity_kit._splits_reads() -%}
{{ return(select) }}
{%- endif -%}
{%- set newest -%}
(select {{ entity_kit._plus_periods(spec.grain, -1 - spec.widest, 'max(entity_kit_period)') }} from periods_to_build)
{%- endset -%}
{%- set is_older = period ~ ' < ' ~ newest -%}
{%- set of_few = entity_kit._matches_any(
    entity_kit._prefixed('event', spec.business_key),
    [{'keys': spec.business_key, 'from': units, 'where': is_older}]
) -%}
{{ return(
    select ~ '\nwhere unit.' ~ period ~ ' >= ' ~ newest
    ~ '\n' ~ union ~ '\n' ~ select ~ '\nwhere unit.' ~ is_older ~ '\n    and ' ~ of_few | indent(4)
) }}
{%- endmacro -%}
