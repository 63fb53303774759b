{#- A UTC time literal without a zone, for comparison with a value of unknown kind. -#}
{%- macro _untyped_instant(text) -%}
{{ return(adapter.dispatch('_untyped_instant', 'entity_kit')(text)) }}
{%- endmacro -%}

{%- macro default___untyped_instant(text) -%}
{{ return(entity_kit._timestamp(text)) }}
{%- endmacro -%}

{#- An untyped literal takes the type of what it is compared with; types without a zone drop the zone. -#}
{%- macro duckdb___untyped_instant(text) -%}
{{ return("'" ~ entity_kit._utc_text(text) ~ "'") }}
{%- endmacro -%}

{%- macro postgres___untyped_instant(text) -%}
{{ return(entity_kit.duckdb___untyped_instant(text)) }}
{%- endmacro -%}

{%- macro redshift___untyped_instant(text) -%}
{{ return(entity_kit.default___untyped_instant(text)) }}
{%- endmacro -%}
