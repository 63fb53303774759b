{#- The stage of a deprecation when this run starts: `announced`, `deprecated`, or `sunset`. -#}
{%- macro _deprecation_stage(deprecation) -%}
{%- set today = entity_kit._run_date() -%}
{%- if today >= deprecation['sunset_date'] -%}
{{ return('sunset') }}
{%- endif -%}
{{ return('deprecated' if today >= deprecation['deprecation_date'] else 'announced') }}
{%- endmacro -%}
