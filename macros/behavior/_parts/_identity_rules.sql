{#- Check what isn't one person: `shared`, `one_to_one`, and `handover`. Returns them as a mapping. -#}
{%- macro _identity_rules(name, types, shared, one_to_one, handover) -%}
{%- do entity_kit._require(
    shared is mapping, name, 'shared', 'a mapping of types to whole numbers', shared,
    'Write {\'device\': 5}: a device linked to more than 5 identifiers joins nobody.'
) -%}
{%- for type in shared -%}
    {%- do entity_kit._require(
        shared[type] is integer and shared[type] > 0, name, 'shared.' ~ type, 'a whole number, one or more', shared[type],
        'It is the most identifiers that one of this type can be linked to.'
    ) -%}
{%- endfor -%}
{%- set ones = entity_kit._list(name, 'one_to_one', one_to_one, may_be_empty=true) -%}
{%- if types is not none -%}
    {%- for type in shared -%}
        {%- do entity_kit._one_of(name, 'shared', type, types) -%}
    {%- endfor -%}
    {%- for type in ones -%}
        {%- do entity_kit._one_of(name, 'one_to_one', type, types) -%}
    {%- endfor -%}
{%- endif -%}
{%- do entity_kit._one_of(name, 'handover', handover, ['nobody', 'first_login', 'last_login']) -%}
{%- do entity_kit._require(
    handover == 'nobody' or ones, name, 'one_to_one', 'set if there is a `handover`', one_to_one,
    'Name the type of which a person has one, such as [\'user\'].'
) -%}
{{ return({'shared': shared, 'one_to_one': ones, 'handover': handover}) }}
{%- endmacro -%}
