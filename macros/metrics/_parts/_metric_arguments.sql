{#-
    Check what can be checked before the metrics are known, and name the metrics as what the model depends on. Returns the
    arguments as a mapping, to which `_metric_spec` adds what the definitions say.
-#}
{%- macro _metric_arguments(
    name, metrics, grain, dimensions, loaded_at, timezone, spine, lookback_interval, upstreams, model_config
) -%}
{%- set names = entity_kit._list(name, 'metrics', metrics) -%}
{%- do entity_kit._require(
    metric is defined, name, 'metrics', 'asked of dbt-core 1.x, which shows its semantic layer to macros', names | join(', '),
    'dbt v2 has no metric() yet: run this model with dbt-core 1.x.'
) -%}
{%- do entity_kit._one_of(name, 'grain', grain, ['hour', 'day', 'week', 'month', 'quarter', 'year']) -%}
{%- set dimension_names = entity_kit._list(name, 'dimensions', dimensions, may_be_empty=true) -%}
{%- do entity_kit._one_of(name, 'spine', spine, ['sparse', 'dense']) -%}
{%- do entity_kit._require(
    spine == 'sparse', name, 'spine', 'sparse', spine,
    'A metric table has the periods and combinations that have a value, as MetricFlow returns them. Join it to period_spine for the others.'
) -%}
{%- do entity_kit._require(
    loaded_at is none or loaded_at is string or (loaded_at is mapping and not entity_kit._is_relation(loaded_at)),
    name, 'loaded_at', 'a column, or a mapping of semantic models to their columns', loaded_at,
    'Write \'loaded_at\', or {\'orders\': \'loaded_at\', \'returns\': \'synced_at\'}.'
) -%}
{%- if loaded_at is string -%}
    {%- do entity_kit._string(name, 'loaded_at', loaded_at) -%}
{%- endif -%}
{%- do entity_kit._require(
    upstreams is sequence and upstreams is not string and upstreams is not mapping, name, 'upstreams',
    'a list of relations', upstreams, 'Write [ref(\'dim_customers\')].'
) -%}
{#- Not while dbt parses, which renders disabled models, too: a project may have some for other engines. -#}
{%- do entity_kit._require(
    not execute or entity_kit._row_strategy('replaced') == 'delete+insert'
        and not entity_kit._replaces_partitions(name, model_config),
    name, 'grain', 'a table whose engine replaces rows with delete+insert', grain,
    'A period has a changing number of rows, which a merge or a partition of fixed size can\'t replace.'
) -%}
{%- for each in names -%}
    {%- do metric(each) -%}
{%- endfor -%}
{{ return({
    'name': name,
    'metrics': names,
    'grain': grain,
    'dimensions': dimension_names,
    'loaded_at': loaded_at,
    'zone': entity_kit._zone(name, timezone),
    'lookback_interval': lookback_interval,
    'upstreams': upstreams,
}) }}
{%- endmacro -%}
