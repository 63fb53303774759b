{#- Refuse bounds of which the second isn't later. Only date literals without a zone can be checked. -#}
{%- macro _grain_bounds_in_order(name, occurred_from, occurred_to) -%}
{%- set texts = [occurred_from | string, occurred_to | string] -%}
{%- set are_swapped = occurred_from is not none and occurred_to is not none
    and texts[0][:1] in '0123456789' and texts[1][:1] in '0123456789'
    and texts[0] | length <= 19 and texts[1] | length <= 19
    and texts[0] | replace('T', ' ') >= texts[1] | replace('T', ' ') -%}
{%- do entity_kit._require(
    not are_swapped, name, 'occurred_to', 'later than `occurred_from`', occurred_to,
    'No event can be between them: swap the two.'
) -%}
{%- endmacro -%}
