{%- macro metric_conflicts(first, second, grain, dimensions=[], loaded_at=none, timezone='UTC', upstreams=[]) -%}
{{ return(adapter.dispatch('metric_conflicts', 'entity_kit')(first, second, grain, dimensions, loaded_at, timezone, upstreams)) }}
{%- endmacro -%}

{%- macro default__metric_conflicts(first, second, grain, dimensions, loaded_at, timezone, upstreams) -%}
{%- set name = 'metric_conflicts' -%}
{%- for key, value in {'first': first, 'second': second}.items() -%}
    {%- do entity_kit._string(name, key, value, 'the name of a metric') -%}
{%- endfor -%}
{%- do entity_kit._require(first != second, name, 'second', 'another metric than `first`', second, 'Name two metrics.') -%}
{%- set asked = entity_kit._metric_arguments(
    name, [first, second], grain, dimensions, loaded_at, timezone, 'sparse', none, upstreams, {}
) -%}
{%- if not execute -%}
    {{ return('select 1 as nothing') }}
{%- endif -%}
{%- set one, other = entity_kit._column(first), entity_kit._column(second) -%}
with {{ entity_kit._metric_ctes(entity_kit._metric_spec(dict(asked, only_compared=true))) | join(',\n\n') }}

select
    period_start,
    {%- for each in asked.dimensions %}
    {{ each }},
    {%- endfor %}
    {{ one }} as first_value,
    {{ other }} as second_value,
    {{ one }} - {{ other }} as difference
from entity_kit_built
where {{ one }} <> {{ other }}
    or ({{ one }} is null and {{ other }} is not null)
    or ({{ one }} is not null and {{ other }} is null)
{%- endmacro -%}
