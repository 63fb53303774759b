{#- A time without a zone that is written out, in UTC, beside what isn't known to be zoned or not, or a date. -#}
{%- macro _untyped_instant(text) -%}
{{ return(adapter.dispatch('_untyped_instant', 'entity_kit')(text)) }}
{%- endmacro -%}

{%- macro default___untyped_instant(text) -%}
{{ return(entity_kit._timestamp(text)) }}
{%- endmacro -%}

{#- A literal without a type takes that of what it stands beside; types without a zone drop the zone. -#}
{%- macro duckdb___untyped_instant(text) -%}
{{ return("'" ~ entity_kit._utc_text(text) ~ "'") }}
{%- endmacro -%}

{%- macro postgres___untyped_instant(text) -%}
{{ return(entity_kit.duckdb___untyped_instant(text)) }}
{%- endmacro -%}

{%- macro redshift___untyped_instant(text) -%}
{{ return(entity_kit.default___untyped_instant(text)) }}
{%- endmacro -%}
