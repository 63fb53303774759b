{#-
    An expression as text, for hashing. If the caller passes the type, booleans and zoned timestamps render the same on
    every engine and in every session. Other types render as the engine casts them, in one spelling for equal values.
-#}
{%- macro _text(expression, data_type=none) -%}
{%- set type = data_type | lower if data_type is not none else '' -%}
{%- if type in ['bool', 'boolean'] -%}
{{ return("case when " ~ expression ~ " then 'true' when not " ~ expression ~ " then 'false' end") }}
{%- elif 'zoned' in (entity_kit._time_kind(data_type) or '') -%}
{{ return('cast(' ~ entity_kit._in_utc(expression) ~ ' as ' ~ dbt.type_string() ~ ')') }}
{%- endif -%}
{{ return(entity_kit._canonical_text(expression, data_type)) }}
{%- endmacro -%}
