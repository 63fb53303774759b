{#-
    The CTEs of the rows of the table, `built_rows` the last of them: each period to build with its measures, and with
    the version of the history that stands at its end.
-#}
{%- macro _grain_rows(spec) -%}
{%- set keys = spec.business_key -%}
{%- set columns = entity_kit._grain_row_columns(spec) -%}
{%- set loaded, loaded_period = ('trailing_loaded_at', 'entity_kit_unit') if spec.widest > 1
    else ('loaded_at_by_period', 'entity_kit_period') -%}
{%- set joins = namespace(all=[[loaded ~ ' as loaded', 'loaded', loaded_period]]
    + ([['period_measures as measures', 'measures', 'entity_kit_period']] if spec.measures else [])) -%}
{%- for width in spec.widths -%}
    {%- set joins.all = joins.all + [['trailing_' ~ width, 'trailing_' ~ width, 'entity_kit_unit']] -%}
{%- endfor -%}
{%- if spec.has_history -%}
{{ entity_kit._grain_version_at_period_end(spec) }},

{% endif -%}
built_rows as (
    {{ entity_kit._select('select', columns) | indent(4) }}
    from periods_to_build as unit
    {%- for cte, alias, period in joins.all %}
    {{ entity_kit._join('left join ' ~ cte, [
        entity_kit._same_key(alias, 'unit', keys), alias ~ '.' ~ period ~ ' = unit.entity_kit_period'
    ]) | indent(4) }}
    {%- endfor %}
    {%- if spec.has_history %}
    {{ entity_kit._join('left join version_at_period_end as version', [
        entity_kit._same_key('version', 'unit', keys),
        'version.entity_kit_starts <= unit.entity_kit_period',
        entity_kit._ends_after('version.entity_kit_next', 'unit.entity_kit_period')
    ]) | indent(4) }}
    {%- endif %}
    {%- if spec.has_history and spec.history_loaded_by_entity %}
    {{ entity_kit._join('left join history_versions as last_version', [
        entity_kit._same_key('last_version', 'unit', keys), 'last_version.entity_kit_from_last = 1'
    ]) | indent(4) }}
    {%- endif %}
    {%- if spec.takes_back %}
    union all
    {{ entity_kit._grain_withdrawn_rows(spec) | indent(4) }}
    {%- endif %}
)
{%- endmacro -%}
