{#- Why an identifier isn't merged with all that the links connect it with, as SQL, or NULL if it is. -#}
{%- macro _identity_reason(spec) -%}
{%- set cases = ["when not is_complete then 'max_steps'"] -%}
{%- if spec.shared -%}
    {%- do cases.append("when number in (select number from shared_identifiers) then 'shared_device'") -%}
{%- endif -%}
{%- if spec.one_to_one -%}
    {%- do cases.append("when number in (select number from contested) then 'one_to_one'") -%}
{%- endif -%}
{%- for type in spec.one_to_one -%}
    {%- do cases.append('when ones_' ~ loop.index ~ " > 1 then 'one_to_one'") -%}
{%- endfor -%}
{%- if spec.max_members is not none -%}
    {%- do cases.append('when together > ' ~ spec.max_members ~ " then 'max_members'") -%}
{%- endif -%}
{{ return('case\n    ' ~ cases | join('\n    ') ~ '\nend as reason') }}
{%- endmacro -%}
