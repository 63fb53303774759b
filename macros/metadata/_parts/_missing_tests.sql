{#- The kinds of test that a model's layer asks for and that none of its tests is; see `_tests_by_model`. -#}
{%- macro _missing_tests(layer, layers, tests) -%}
{%- set missing = [] -%}
{%- for kind in (layers[layer]['tests'] if layer in layers else []) -%}
    {%- if tests | selectattr(0, 'equalto', kind) | list | length == 0 -%}
        {%- do missing.append(kind) -%}
    {%- endif -%}
{%- endfor -%}
{{ return(missing) }}
{%- endmacro -%}
