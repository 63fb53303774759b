{#-
    The CTEs of the rows of the table, `built_rows` the last of them: each period to build with its measures, and with
    the version of the history that stands at its end.
-#}
{%- macro _grain_rows(spec) -%}
{%- set keys = spec.business_key -%}
{%- set columns = entity_kit._grain_row_columns(spec) -%}
{%- set loaded = 'trailing_loaded_at' if spec.widest > 1 else 'loaded_at_by_period' -%}
{%- set joins = namespace(all=[[loaded, 'entity_kit_unit' if spec.widest > 1 else 'entity_kit_period']]) -%}
{%- if spec.measures -%}
    {%- set joins.all = joins.all + [['period_measures', 'entity_kit_period']] -%}
{%- endif -%}
{%- for width in spec.widths -%}
    {%- set joins.all = joins.all + [['trailing_' ~ width, 'entity_kit_unit']] -%}
{%- endfor -%}
{%- if spec.has_history -%}
{{ entity_kit._grain_version_at_period_end(spec) }},

{% endif -%}
built_rows as (
    select
        {{ columns | join(',\n') | indent(8) }}
    from periods_to_build
    {%- for cte, period in joins.all %}
    left join {{ cte }}
        on {{ entity_kit._same_key(cte, 'periods_to_build', keys) | indent(12) }}
            and {{ cte }}.{{ period }} = periods_to_build.entity_kit_period
    {%- endfor %}
    {%- if spec.has_history %}
    left join version_at_period_end as version
        on {{ entity_kit._same_key('version', 'periods_to_build', keys) | indent(12) }}
            and version.entity_kit_starts <= periods_to_build.entity_kit_period
            and {{ entity_kit._ends_after(
                'version.entity_kit_next', 'periods_to_build.entity_kit_period'
            ) }}
    {%- endif %}
    {%- if spec.has_history and spec.history_loaded_by_entity %}
    left join (
        select {{ spec.key_list }}, max(loaded_at) as history_loaded_at
        from history_versions
        group by {{ spec.key_list }}
    ) as entity_loaded
        on {{ entity_kit._same_key('entity_loaded', 'periods_to_build', keys) | indent(12) }}
    {%- endif %}
    {%- if spec.may_shrink and spec.narrowed %}
    union all
    {{ entity_kit._grain_withdrawn_rows(spec) | indent(4) }}
    {%- endif %}
)
{%- endmacro -%}
