{#- The CTEs of what each period's events say: when the last of them was loaded, and the measures of those that count. -#}
{%- macro _grain_measures(spec) -%}
{%- set parts = namespace(all=[]) -%}
{%- set measures = [] -%}
{%- for measure in spec.measures -%}
    {%- do measures.append(measure['calculation'] ~ ' as ' ~ measure['column']) -%}
{%- endfor -%}
{%- set loaded = entity_kit._query([
    entity_kit._select('select', [spec.key_list, 'entity_kit_period', 'max(entity_kit_loaded_at) as loaded_at']),
    'from event_versions',
    'where entity_kit_period is not null',
    'group by ' ~ spec.key_list ~ ', entity_kit_period'
]) -%}
{%- set counts = ['entity_kit_from_last = 1', 'entity_kit_period is not null']
    + (['not coalesce((' ~ spec.deleted ~ '), false)'] if spec.deleted is not none else []) -%}
{%- set spread = entity_kit._each_period(
    spec.grain, '(\n    ' ~ loaded | indent(4) ~ '\n) as loaded_at_by_period', spec.business_key + ['loaded_at'],
    'entity_kit_unit', 'entity_kit_period', near=[0, spec.widest - 1]
) -%}
{%- for width in spec.widths -%}
    {%- set parts.all = parts.all + [entity_kit._grain_window(spec, width)] -%}
{%- endfor -%}
{%- if spec.widest == 1 -%}
loaded_at_by_period as (
    {{ loaded | indent(4) }}
)
{%- else -%}
trailing_loaded_at as (
    select {{ spec.key_list }}, entity_kit_unit, max(loaded_at) as loaded_at from (
        {{ spread | indent(8) }}
    ) as spread group by {{ spec.key_list }}, entity_kit_unit
)
{%- endif -%}
{%- if spec.measures or spec.trailing %},

counted_events as (
    select * from event_versions
    where {{ entity_kit._wrapped(counts, 100, ' and ', '\nand ') | indent(8) }}
)
{%- endif %}
{%- if spec.measures %},

period_measures as (
    {{ entity_kit._query([
        entity_kit._select('select', [
            spec.key_list, 'entity_kit_period'
        ] + measures + ['count(*) as entity_kit_rows']),
        'from counted_events',
        'group by ' ~ spec.key_list ~ ', entity_kit_period'
    ]) | indent(4) }}
)
{%- endif %}
{%- if spec.widths %},

{{ parts.all | join(',\n\n') }}
{%- endif %}
{%- endmacro -%}
