{#- The name of the CTE with the pairs that make a person. -#}
{%- macro _identity_kept(spec) -%}
{{ return('kept_pairs' if spec.one_to_one else 'open_pairs' if spec.shared else 'pairs') }}
{%- endmacro -%}
