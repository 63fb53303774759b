{%- macro metric_versions() -%}
{{ return(adapter.dispatch('metric_versions', 'entity_kit')()) }}
{%- endmacro -%}

{#- The `log_id` is made from a change and the row before it, so that it is the same in all runs that see the change. -#}
{%- macro default__metric_versions() -%}
{%- do entity_kit._log_config() -%}
{%- if entity_kit._row_strategy('replaced') == 'delete+insert' -%}
    {%- do config(post_hook={'sql': '{{ entity_kit._logged_once(this) }}', 'transaction': false}) -%}
{%- endif -%}
{%- set rows = entity_kit._definition_rows(entity_kit._definitions()) if execute else [] -%}
{%- set known = entity_kit._known_columns(this) -%}
{%- set has_log = known is not none and 'unique_id' in known -%}
with definitions as (
    {{ entity_kit._rows({
        'unique_id': 'text', 'metric_name': 'text', 'identity': 'text', 'normal_form': 'text', 'version': 'integer'
    }, rows) }}
),

logged as (
    {%- if has_log %}
    select
        unique_id,
        metric_name,
        identity,
        normal_form,
        version,
        log_id,
        row_number() over (partition by unique_id order by logged_at desc, log_id desc) as recency
    from {{ this }}
    {%- else %}
    {{ entity_kit._no_rows({
        'unique_id': 'text', 'metric_name': 'text', 'identity': 'text', 'normal_form': 'text', 'version': 'integer',
        'log_id': 'text', 'recency': 'integer'
    }) | indent(4) }}
    {%- endif %}
),

compared as (
    select
        coalesce(definitions.unique_id, latest.unique_id) as unique_id,
        coalesce(definitions.metric_name, latest.metric_name) as metric_name,
        case
            when definitions.unique_id is null and latest.identity is not null then 'removed'
            when definitions.unique_id is null then 'same'
            when latest.identity is null then 'added'
            when definitions.identity <> latest.identity then 'changed'
            when definitions.version <> latest.version then 'versioned'
            else 'same'
        end as event,
        definitions.identity,
        definitions.normal_form,
        definitions.version,
        latest.identity as old_identity,
        latest.normal_form as old_normal_form,
        latest.version as old_version,
        latest.log_id as old_log_id
    from definitions
    full outer join (select * from logged where recency = 1) as latest
        on definitions.unique_id = latest.unique_id
)

select
    {{ entity_kit.generate_surrogate_key(['unique_id', 'event', 'identity', 'version', 'old_log_id']) }} as log_id,
    cast({{ entity_kit._text_literal(invocation_id) }} as {{ dbt.type_string() }}) as invocation_id,
    cast('{{ entity_kit._run_date('%Y-%m-%d %H:%M:%S') }}' as {{ dbt.type_timestamp() }}) as logged_at,
    cast({{ entity_kit._text_literal(target.name) }} as {{ dbt.type_string() }}) as target_name,
    event,
    unique_id,
    metric_name,
    identity,
    normal_form,
    version,
    old_identity,
    old_normal_form,
    old_version,
    event = 'changed' and version <= old_version as owes_version
from compared
where event <> 'same'
{%- endmacro -%}
