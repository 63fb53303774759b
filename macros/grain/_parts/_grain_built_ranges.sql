{#-
    The CTE of what the table has of each entity: its first and last period, and of these the first and the last in which
    a row of events counts, which the audit column shows.
-#}
{%- macro _grain_built_ranges(spec) -%}
{%- set recorded = 'case when loaded_at is not null then period_start end' -%}
built_ranges as (
    {{ entity_kit._query([
        entity_kit._select('select', [
            spec.key_list,
            'min(period_start) as first_period',
            'max(period_start) as last_period',
            'min(' ~ recorded ~ ') as first_recorded',
            'max(' ~ recorded ~ ') as last_recorded'
        ]),
        'from ' ~ this,
        'group by ' ~ spec.key_list
    ]) | indent(4) }}
)
{%- endmacro -%}
