{%- macro deprecate(replacement, deprecation_date, sunset_date, reason, owner, migration_guide=none) -%}
{{ return(adapter.dispatch('deprecate', 'entity_kit')(
    replacement, deprecation_date, sunset_date, reason, owner, migration_guide
)) }}
{%- endmacro -%}

{%- macro default__deprecate(replacement, deprecation_date, sunset_date, reason, owner, migration_guide) -%}
{%- set name = 'deprecate' -%}
{%- if replacement is not none -%}
    {%- do entity_kit._string(
        name, 'replacement', replacement, 'the name of a model, or none if nothing replaces it', 'dim_customers'
    ) -%}
{%- endif -%}
{%- do entity_kit._string(name, 'reason', reason, 'text that says why', 'one row per person replaces one per account') -%}
{%- do entity_kit._string(name, 'owner', owner, 'the person or team to contact', 'customer data team') -%}
{%- if migration_guide is not none -%}
    {%- do entity_kit._string(name, 'migration_guide', migration_guide, 'text or an address', 'docs/customers.md') -%}
{%- endif -%}
{%- set deprecation = {
    'replacement': replacement,
    'deprecation_date': entity_kit._date(name, 'deprecation_date', deprecation_date),
    'sunset_date': entity_kit._date(name, 'sunset_date', sunset_date),
    'reason': reason,
    'owner': owner,
    'migration_guide': migration_guide
} -%}
{%- do entity_kit._require(
    deprecation['deprecation_date'] <= deprecation['sunset_date'], name, 'sunset_date',
    'on or after deprecation_date, ' ~ deprecation['deprecation_date'], deprecation['sunset_date'],
    'Give consumers some time between the two.'
) -%}
{#- Under its own key: dbt merges `meta` one level deep, and `entity_kit` may have other contents. -#}
{%- do config(
    meta={'entity_kit_deprecation': deprecation}, post_hook='{{ entity_kit._empty_after_sunset() }}'
) -%}
{%- if execute -%}
    {%- do entity_kit._check_deprecation(deprecation) -%}
    {%- set stage = entity_kit._deprecation_stage(deprecation) -%}
    {%- set chain = entity_kit._replacement_chain(name, model, deprecation) -%}
    {%- if stage != 'announced' -%}
        {%- set message = entity_kit._deprecation_message(model, deprecation, chain, stage) -%}
        {%- set on_sunset = entity_kit._on_sunset() if stage == 'sunset' else 'warn' -%}
        {#- Compiling it, for docs or inspection, isn't building it. -#}
        {%- if on_sunset == 'error' and flags.WHICH in ['run', 'build', 'retry'] -%}
            {{ exceptions.raise_compiler_error(
                message ~ '\nMove them and delete the model, or set the variable entity_kit_on_sunset to warn or empty.'
            ) }}
        {%- endif -%}
        {%- do exceptions.warn(message) -%}
    {%- endif -%}
{%- endif -%}
{%- endmacro -%}
