{#- Refuse what contradicts the rest of the model, which is known only once dbt has read the whole project. -#}
{%- macro _check_deprecation(deprecation) -%}
{%- set name = 'deprecate' -%}
{%- do entity_kit._require(
    model['resource_type'] == 'model', name, 'replacement', 'called in a model', model['resource_type'],
    'Other kinds of node have no deprecation: delete the call.'
) -%}
{#- The config holds the last call's arguments. -#}
{%- set noted = entity_kit._deprecation_of(model) -%}
{%- for key in deprecation -%}
    {%- do entity_kit._require(
        noted is none or noted[key] == deprecation[key], name, key,
        'set once: another call, or the model\'s meta, says ' ~ entity_kit._display(noted[key] if noted else none),
        deprecation[key], 'Keep one call of deprecate in the model.'
    ) -%}
{%- endfor -%}
{%- set dbts = model['deprecation_date'] if 'deprecation_date' in model else none -%}
{%- do entity_kit._require(
    dbts is none or (dbts | string)[:10] == deprecation['deprecation_date'], name, 'deprecation_date',
    'the same as the model\'s deprecation_date in YAML, ' ~ (dbts | string)[:10], deprecation['deprecation_date'],
    'Correct one of the two.'
) -%}
{%- set successor = none if deprecation['replacement'] is none
    else entity_kit._model_named(deprecation['replacement']) -%}
{%- if successor is not none and successor['access'] == 'private' -%}
    {%- do entity_kit._require(
        successor['group'] == model['group'], name, 'replacement',
        'a model that the consumers may read', deprecation['replacement'],
        'It is private to the group ' ~ successor['group'] ~ ': give it the access protected or public.'
    ) -%}
{%- endif -%}
{%- do entity_kit._require(
    model['config']['materialized'] in ['view', 'table', 'incremental']
    or entity_kit._deprecation_stage(deprecation) != 'sunset' or entity_kit._on_sunset() != 'empty',
    name, 'entity_kit_on_sunset', 'error or warn for a model that is materialized as '
        ~ model['config']['materialized'], 'empty',
    'It has no relation that could stay without rows.'
) -%}
{%- endmacro -%}
