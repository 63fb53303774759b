{#-
    Rows at or past the watermark less the interval; all of them where there is no watermark yet. One comparison with
    one scalar subquery: DuckDB turns that into a filter on the scan, and nothing else (docs/decisions/watermark.md).
-#}
{%- macro _past_watermark(loaded_at, watermark_column, relation, lookback_interval, macro_name, argument) -%}
{%- set watermark = 'max(' ~ entity_kit._qualified('entity_kit_target', watermark_column) ~ ')' -%}
{%- set start = entity_kit._minus_interval(watermark, lookback_interval, macro_name, argument) -%}
{{ return(
    loaded_at ~ ' >= (select coalesce(' ~ start ~ ', ' ~ entity_kit._earliest() ~ ') from ' ~ relation
    ~ ' as entity_kit_target)'
) }}
{%- endmacro -%}
