{#-
    What a source's measures are read from: its rows in the periods to compute. Where a leaf takes only some of its rows, these
    have a rank, over all rows of the period.
-#}
{%- macro _metric_read_rows(spec, source) -%}
{%- set rows = source.id ~ '_rows' -%}
{%- set found = namespace(ranks=[rows ~ '.*'], dimensions='') -%}
{%- for dimension in spec.columns -%}
    {%- set found.dimensions = found.dimensions ~ ', ' ~ rows ~ '.' ~ dimension.column -%}
{%- endfor -%}
{%- for leaf in spec.leaves if leaf.source == source.id and leaf.rank -%}
    {%- set number = spec.leaves.index(leaf) + 1 -%}
    {%- set found.ranks = found.ranks + [
        leaf.rank | replace('{counts}', 'entity_kit_counts_' ~ number) | replace('entity_kit_period', rows ~ '.entity_kit_period')
        | replace('{dimensions}', found.dimensions) ~ ' as entity_kit_rank_' ~ number
    ] -%}
{%- endfor -%}
{%- set read -%}
from {{ rows }}
{%- if spec.narrowed %}
{{ entity_kit._join(
    'inner join entity_kit_touched',
    ['entity_kit_touched.entity_kit_period = ' ~ rows ~ '.entity_kit_period'] + entity_kit._metric_near(spec, source)
) }}
{%- else %}
where {{ rows }}.entity_kit_period is not null
{%- endif %}
{%- endset -%}
{%- if found.ranks | length == 1 -%}
{{ return(read) }}
{%- endif -%}
from (
    select
        {{ found.ranks | join(',\n') | indent(8) }}
    {{ read | indent(4) }}
) as {{ rows }}
{%- endmacro -%}
