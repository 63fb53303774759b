{#-
    An instant before all others, as a literal that takes the type of what it is compared with, so that dates and zoned
    timestamps keep their type. Engines without such literals get a typed one, and convert it.
-#}
{%- macro _earliest() -%}
{{ return(adapter.dispatch('_earliest', 'entity_kit')()) }}
{%- endmacro -%}

{%- macro default___earliest() -%}
{{ return("cast('0001-01-01' as timestamp)") }}
{%- endmacro -%}

{%- macro duckdb___earliest() -%}
{{ return("'-infinity'") }}
{%- endmacro -%}

{%- macro postgres___earliest() -%}
{{ return("'-infinity'") }}
{%- endmacro -%}

{%- macro redshift___earliest() -%}
{{ return("'0001-01-01'") }}
{%- endmacro -%}

{%- macro snowflake___earliest() -%}
{{ return("'0001-01-01'") }}
{%- endmacro -%}

{%- macro bigquery___earliest() -%}
{{ return("'0001-01-01'") }}
{%- endmacro -%}
