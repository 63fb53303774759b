{#-
    The CTEs of each source's leaves per period and dimensions: the value, and the number of rows that it is from. The rows of a
    cumulative metric are first added up per period of the time spine, of which the table's may have several.
-#}
{%- macro _metric_measures(spec) -%}
{%- set found = namespace(ctes=[]) -%}
{%- for source in spec.sources -%}
    {%- set rows = source.id ~ '_rows' -%}
    {%- set values = namespace(all=[]) -%}
    {%- for leaf in spec.leaves if leaf.source == source.id -%}
        {%- set number = spec.leaves.index(leaf) + 1 -%}
        {%- set is_taken = 'case when entity_kit_rank_' ~ number ~ ' = 1 then {} end' if leaf.rank else '{}' -%}
        {%- set input = is_taken | replace('{}', 'entity_kit_input_' ~ number) -%}
        {%- set value = leaf.aggregate | replace('{}', input) -%}
        {%- set counted = 'count(' ~ is_taken | replace('{}', 'entity_kit_counts_' ~ number) ~ ')' -%}
        {%- set filled = 'case when ' ~ counted ~ ' > 0 then ' ~ value ~ ' end' if value[:5] == 'count' else value -%}
        {%- set values.all = values.all + [
            filled ~ ' as entity_kit_value_' ~ number, counted ~ ' as entity_kit_rows_' ~ number
        ] -%}
    {%- endfor -%}
    {%- set points = [rows ~ '.entity_kit_shown'] if source.is_coarse else [] -%}
    {%- set keys = namespace(shown=[rows ~ '.entity_kit_period'] + points, grouped=[rows ~ '.entity_kit_period'] + points) -%}
    {%- for dimension in spec.columns -%}
        {%- set column = rows ~ '.' ~ dimension.column -%}
        {%- set keys.shown = keys.shown + [column ~ ' as ' ~ dimension.carried] -%}
        {%- set keys.grouped = keys.grouped + [column] -%}
    {%- endfor -%}
    {%- set cte -%}
{{ source.id }}_{{ 'points' if source.is_coarse else 'measures' }} as (
    select
        {{ (keys.shown + values.all) | join(',\n') | indent(8) }}
    {{ entity_kit._metric_read_rows(spec, source) | indent(4) }}
    group by {{ keys.grouped | join(', ') }}
)
    {%- endset -%}
    {%- set found.ctes = found.ctes + [cte] + ([entity_kit._metric_of_points(spec, source)] if source.is_coarse else []) -%}
{%- endfor -%}
{{ return(found.ctes) }}
{%- endmacro -%}
