{#-
    The CTEs of the log's rows of the entities to build, as a list, `stated` the last of them. A spec is what `_scd2_log`
    returns, and in it `name`, `narrowed`, `has_deletions` and `bucket`.
-#}
{%- macro _scd2_rows(spec, lookback_interval) -%}
{%- set stated -%}
stated as (
    {{ entity_kit._select('select', entity_kit._scd2_statement(spec, spec.has_deletions)) | indent(4) }}
    from {{ spec.relation }}
    where {{ spec.changed_at }} is not null
        and {{ entity_kit._not_all_null(spec.business_key) }}
    {%- if spec.narrowed %}
        and {{ entity_kit._is_touched(spec.business_key, spec.bucket) | indent(8) }}
    {%- endif %}
)
{%- endset -%}
{{ return(
    ([entity_kit._scd2_touched(spec, this | string, lookback_interval, spec.name)] if spec.narrowed else []) + [stated]
) }}
{%- endmacro -%}
