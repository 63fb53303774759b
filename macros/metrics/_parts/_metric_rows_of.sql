{#-
    The two CTEs of one source, from the columns that it reads and those that are kept of them. The audit columns of a
    joined semantic model count its rows that are joined.
-#}
{%- macro _metric_rows_of(source, read, kept) -%}
{%- set reads = namespace(all=[
    source.period ~ ' as entity_kit_period', source.loaded_at ~ ' as entity_kit_loaded_at'
] + read) -%}
{%- set period = ['entity_kit_period'] if source.spine is none else source.spine.keeps -%}
{%- set keeps = namespace(all=period + ['entity_kit_loaded_at'] + kept) -%}
{%- set audits = namespace(all=[]) -%}
{%- for audit in entity_kit._metric_audits(source) -%}
    {%- set audits.all = audits.all + [audit.value ~ ' as ' ~ audit.name] -%}
{%- endfor -%}
{%- if source.has_bounds -%}
    {%- set reads.all = reads.all + [source.time ~ ' as entity_kit_time'] -%}
    {%- set keeps.all = keeps.all + ['entity_kit_time'] -%}
{%- endif -%}
{%- for id in source.joins -%}
    {%- set join = source.joins[id] -%}
    {%- set key = join.key -%}
    {%- set reads.all = reads.all + ([join.left ~ ' as ' ~ key] if join.through is none else []) -%}
    {%- set keeps.all = keeps.all + ([key] if join.through is none else []) + [
        id ~ '.entity_kit_key as ' ~ key ~ '_found', id ~ '.entity_kit_loaded as ' ~ key ~ '_loaded_at'
    ] -%}
    {%- for name in join.read -%}
        {%- set keeps.all = keeps.all + [name] -%}
    {%- endfor -%}
{%- endfor -%}
{%- if source.joins -%}
    {%- set cut = entity_kit._one_line(dbt.date_trunc(source.granularity, source.time) | trim) -%}
    {%- set reads.all = reads.all + [cut ~ ' as entity_kit_at'] -%}
{%- endif -%}
{{ source.id }}_rows as {{ entity_kit._not_materialized() }}(
    select
        {{ keeps.all | join(',\n') | indent(8) }}
    from (
        select
            {{ reads.all | join(',\n') | indent(12) }}
        from {{ source.relation }} as entity_kit_row
    ) as entity_kit_read
    {%- if source.spine is not none %}
    inner join (
        {{ source.spine.source | indent(8) }}
    ) as entity_kit_spine
        on {{ source.spine.condition | indent(8) }}
    {%- endif %}
    {%- for join in entity_kit._metric_joined(source) %}
    {{ join | indent(4) }}
    {%- endfor %}
),

{{ source.id }}_periods as {{ entity_kit._materialized() }}(
    select
        {{ (['entity_kit_period'] + audits.all) | join(',\n') | indent(8) }}
    from {{ source.id }}_rows
    where entity_kit_period is not null
    group by entity_kit_period
)
{%- endmacro -%}
