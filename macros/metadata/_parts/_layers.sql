{#-
    The layers of a project: for each the prefixes of its models' names, the layers that it may read, and the kinds of
    test that its models need. The variable `entity_kit_layers` adds layers, and replaces parts of the default ones. It may
    also say `contract`, which `entity-kit check` reads.
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
    {%- set parts = dict(layers[layer], **given[layer])
        if layer in layers and given[layer] is mapping else given[layer] -%}
    {%- do entity_kit._mapping('entity_kit', where, parts, ['prefixes', 'reads', 'tests'], ['contract']) -%}
    {%- for part in ['prefixes', 'reads', 'tests'] -%}
        {%- do entity_kit._list('entity_kit', where ~ '.' ~ part, parts[part], may_be_empty=true) -%}
    {%- endfor -%}
    {%- for test in parts['tests'] -%}
        {%- do entity_kit._one_of(
            'entity_kit', where ~ '.tests', test, ['unique', 'not_null', 'relationships', 'business']
        ) -%}
    {%- endfor -%}
    {%- do entity_kit._require(
        parts.get('contract', false) is boolean, 'entity_kit', where ~ '.contract', 'true or false', parts['contract'],
        'Write contract: true if each of its models needs an enforced contract.'
    ) -%}
    {%- do layers.update({layer: parts}) -%}
{%- endfor -%}
{{ return(layers) }}
{%- endmacro -%}
