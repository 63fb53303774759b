{#-
    Rows at or past the watermark less the interval, or all rows if there is no watermark yet. It is one comparison
    with one scalar subquery, because DuckDB turns only that into a filter on the scan (docs/decisions/watermark.md).
-#}
{%- macro _past_watermark(loaded_at, watermark_column, relation, lookback_interval, macro_name, argument, width=100) -%}
{%- set watermark = 'max(' ~ entity_kit._qualified('entity_kit_target', watermark_column) ~ ')' -%}
{%- set start = entity_kit._minus_interval(watermark, lookback_interval, macro_name, argument) -%}
{{ return(
    loaded_at ~ ' >= (\n    select ' ~ entity_kit._call('coalesce', [start, entity_kit._earliest()], width) | indent(4) ~ '\n    from ' ~ relation
    ~ ' as entity_kit_target\n)'
) }}
{%- endmacro -%}
