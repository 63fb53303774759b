{%- macro scd2_as_of(history, as_of) -%}
{{ return(adapter.dispatch('scd2_as_of', 'entity_kit')(history, as_of)) }}
{%- endmacro -%}

{%- macro default__scd2_as_of(history, as_of) -%}
{%- do entity_kit._require(
    as_of is not undefined and as_of is not none and as_of | string | trim | length > 0, 'scd2_as_of', 'as_of',
    'an instant', as_of, 'Write \'2024-01-31 12:00:00\', or a SQL expression.'
) -%}
{%- set type = entity_kit._type_among(entity_kit._scd2_columns_of(history), 'valid_from') -%}
{%- set instant = entity_kit._instant_beside(as_of, type) -%}
{%- set begins = entity_kit._beside_instant('valid_from', as_of, type) -%}
{%- set ends = entity_kit._beside_instant('valid_to', as_of, type) -%}
{{ entity_kit._scd2_one_each(
    'scd2_as_of', history, begins ~ ' <= ' ~ instant ~ '\n    and (' ~ ends ~ ' > ' ~ instant ~ ' or ' ~ ends ~ ' is null)'
) }}
{%- endmacro -%}
