{#- What a metric is computed from: `{role: {'name', 'is_measure', 'given'}}`. -#}
{%- macro _definition_inputs(metric) -%}
{%- set given = metric['type_params'] -%}
{%- set conversion = given['conversion_type_params'] or {} -%}
{%- set cumulative = given['cumulative_type_params'] or {} -%}
{%- set found = {} -%}
{%- for role, each in [
    ('measure', given['measure']), ('base', conversion['base_measure']), ('conversion', conversion['conversion_measure'])
] if each -%}
    {%- do found.update({role: {'name': each['name'], 'is_measure': true, 'given': each}}) -%}
{%- endfor -%}
{%- for role, each in [
    ('numerator', given['numerator']), ('denominator', given['denominator']), ('metric', cumulative['metric'])
] if each -%}
    {%- do found.update({role: {'name': each['name'], 'is_measure': false, 'given': each}}) -%}
{%- endfor -%}
{%- for each in given['metrics'] or [] -%}
    {%- do found.update({each['alias'] or each['name']: {'name': each['name'], 'is_measure': false, 'given': each}}) -%}
{%- endfor -%}
{{ return(found) }}
{%- endmacro -%}
