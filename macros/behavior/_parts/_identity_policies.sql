{#-
    The CTEs that part what links connect but isn't one person, as a list. `open_pairs` lacks the links of shared identifiers,
    `kept_pairs` also those that would give a person two of a `one_to_one` type. `persons` has what is connected then.
-#}
{%- macro _identity_policies(spec) -%}
{%- set ctes = [] -%}
{%- if spec.shared -%}
    {%- do ctes.append(entity_kit._identity_shared(spec)) -%}
{%- endif -%}
{%- if spec.one_to_one -%}
    {%- do ctes.append(entity_kit._identity_rivals(spec)) -%}
{%- endif -%}
{%- if ctes -%}
    {%- do ctes.append(entity_kit._identity_walk('persons', entity_kit._identity_kept(spec), spec.max_steps)) -%}
{%- endif -%}
{{ return(ctes) }}
{%- endmacro -%}
