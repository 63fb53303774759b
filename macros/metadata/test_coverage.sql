{%- macro test_coverage() -%}
{{ return(adapter.dispatch('test_coverage', 'entity_kit')()) }}
{%- endmacro -%}

{#- Jinja lists the models, columns and tests; SQL counts, which is far quicker. -#}
{%- macro default__test_coverage() -%}
{%- set kinds = ['unique', 'not_null', 'relationships', 'values', 'business'] -%}
{%- set layers = entity_kit._layers() -%}
{%- set models = [] -%}
{%- set declared = [] -%}
{%- set tests = [] -%}
{%- if execute -%}
    {%- set kind_of = entity_kit._test_kinds() -%}
    {%- for node in graph['nodes'].values() -%}
        {#- A call for each node is most of the work, so the common case is written out. -#}
        {%- if node['resource_type'] == 'test' -%}
            {%- set name = (node['test_metadata'] or {})['name'] -%}
            {%- set kind = kind_of[name] if name in kind_of else 'business' -%}
            {%- for model_id in ([node['attached_node']] if node['attached_node'] else node['depends_on']['nodes']) -%}
                {%- do tests.append([model_id, node['column_name'] or none, kind]) -%}
            {%- endfor -%}
        {%- elif node['resource_type'] == 'model' and node['package_name'] != 'entity_kit' -%}
            {%- do models.append([
                node['unique_id'], entity_kit._display_name(node) if node['version'] else node['name']
            ]) -%}
            {%- for column in node['columns'] -%}
                {%- do declared.append([node['unique_id'], node['columns'][column]['name']]) -%}
            {%- endfor -%}
        {%- endif -%}
    {%- endfor -%}
{%- endif -%}
with models as (
    {{ entity_kit._rows({'unique_id': 'text', 'model_name': 'text'}, models) }}
),

tests as (
    {{ entity_kit._rows({'unique_id': 'text', 'column_name': 'text', 'kind': 'text'}, tests) }}
),

declared as (
    {{ entity_kit._rows({'unique_id': 'text', 'column_name': 'text'}, declared) }}
),

wanted as (
    select distinct
        unique_id,
        column_name
    from (
        select
            unique_id,
            column_name
        from declared
        union all
        select
            unique_id,
            column_name
        from tests
        where column_name is not null
        union all
        select
            unique_id,
            cast(null as {{ dbt.type_string() }}) as column_name
        from models
    ) as stated
),

counted as (
    select
        models.unique_id,
        models.model_name,
        {{ entity_kit._layer_sql('models.model_name', layers) }} as layer,
        wanted.column_name,
        {%- for kind in kinds %}
        count(case when tests.kind = '{{ kind }}' then 1 end) as {{ kind }}_tests
        {{- ',' if not loop.last }}
        {%- endfor %}
    from wanted
    inner join models
        on wanted.unique_id = models.unique_id
    left join tests
        on wanted.unique_id = tests.unique_id
            and (wanted.column_name is null or wanted.column_name = tests.column_name)
    group by models.unique_id, models.model_name, wanted.column_name
),

judged as (
    select
        *,
        case
            when column_name is not null then cast(null as {{ dbt.type_string() }})
            {%- for layer in layers if layers[layer]['tests'] %}
            when layer = {{ entity_kit._text_literal(layer) }}
                then {% for kind in layers[layer]['tests'] -%}
                    case when {{ kind }}_tests = 0 then ', {{ kind }}' else '' end
                    {{- ' || ' if not loop.last }}
                {%- endfor %}
            {%- endfor %}
            else ''
        end as lacks
    from counted
)

select
    unique_id,
    model_name,
    layer,
    column_name,
    {%- for kind in kinds %}
    {{ kind }}_tests,
    {%- endfor %}
    substring(lacks, 3) as missing,
    lacks = '' as is_covered
from judged
{%- endmacro -%}
