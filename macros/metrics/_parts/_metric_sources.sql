{#-
    The CTEs of the sources, two for each: its rows with their period and what metrics need of them, and per period how
    many there are and when the last of them arrived. A row counts in a leaf only if its filter holds; for others the
    leaf's value is NULL.
-#}
{%- macro _metric_sources(spec) -%}
{%- set found = namespace(ctes=[]) -%}
{%- for source in spec.sources -%}
    {%- set columns = namespace(read=[], kept=[]) -%}
    {%- for name in source.read -%}
        {%- set columns.read = columns.read + [entity_kit._named(source.read[name], name)] -%}
        {%- set columns.kept = columns.kept + [name] -%}
    {%- endfor -%}
    {%- for leaf in spec.leaves if leaf.source == source.id -%}
        {%- set number = spec.leaves.index(leaf) + 1 -%}
        {%- set value = 'entity_kit_read_' ~ number if leaf.value is not none else 'entity_kit_spine.entity_kit_converted' -%}
        {%- if leaf.value is not none -%}
            {%- set columns.read = columns.read + [entity_kit._named('(' ~ leaf.value ~ ')', value)] -%}
        {%- endif -%}
        {%- set given = 'case when ' ~ leaf.condition ~ ' then ' if leaf.condition else '' -%}
        {%- set end = ' end' if leaf.condition else '' -%}
        {%- set columns.kept = columns.kept + [
            given ~ value ~ end ~ ' as entity_kit_input_' ~ number,
            given ~ '1' ~ end ~ ' as entity_kit_counts_' ~ number
        ] -%}
    {%- endfor -%}
    {%- set found.ctes = found.ctes + [entity_kit._metric_rows_of(source, columns.read, columns.kept)] -%}
{%- endfor -%}
{{ return(found.ctes) }}
{%- endmacro -%}
