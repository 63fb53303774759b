{#-
    The layers of a project: for each the prefixes of its models' names, the layers that it may read, and the kinds of
    test that its models need. The variable `entity_kit_layers` replaces the default, layer by layer.
-#}
{%- macro _layers() -%}
{%- set layers = {
    'staging': {'prefixes': ['stg_'], 'reads': ['source', 'seed'], 'tests': ['unique', 'not_null']},
    'intermediate': {'prefixes': ['int_'], 'reads': ['staging', 'intermediate', 'seed', 'snapshot'], 'tests': []},
    'fact': {
        'prefixes': ['fct_'],
        'reads': ['staging', 'intermediate', 'fact', 'dimension', 'entity', 'seed', 'snapshot'],
        'tests': ['unique', 'not_null', 'relationships', 'business']
    },
    'dimension': {
        'prefixes': ['dim_'],
        'reads': ['staging', 'intermediate', 'dimension', 'entity', 'seed', 'snapshot'],
        'tests': ['unique', 'not_null', 'business']
    },
    'entity': {
        'prefixes': ['entity_'],
        'reads': ['staging', 'intermediate', 'fact', 'dimension', 'entity', 'seed', 'snapshot'],
        'tests': ['unique', 'not_null', 'business']
    }
} -%}
{%- set given = var('entity_kit_layers', {}) -%}
{%- do entity_kit._require(
    given is mapping, 'entity_kit', 'vars.entity_kit_layers', 'a mapping of layers', given,
    'Write {staging: {prefixes: [stg_], reads: [source], tests: [unique, not_null]}}.'
) -%}
{%- for layer in given -%}
    {%- set where = 'vars.entity_kit_layers.' ~ layer -%}
    {%- do entity_kit._mapping('entity_kit', where, given[layer], ['prefixes', 'reads', 'tests']) -%}
    {%- for part in ['prefixes', 'reads', 'tests'] -%}
        {%- do entity_kit._list('entity_kit', where ~ '.' ~ part, given[layer][part], may_be_empty=true) -%}
    {%- endfor -%}
    {%- for test in given[layer]['tests'] -%}
        {%- do entity_kit._one_of(
            'entity_kit', where ~ '.tests', test, ['unique', 'not_null', 'relationships', 'business']
        ) -%}
    {%- endfor -%}
    {%- do layers.update({layer: given[layer]}) -%}
{%- endfor -%}
{{ return(layers) }}
{%- endmacro -%}
