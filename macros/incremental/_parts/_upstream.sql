{#-
    Check one upstream of `touched_filter`, and return the select of the keys that it touches. `keys` are the outer
    query's; the upstream's own keys default to the same names.
-#}
{%- macro _upstream(entry, argument, keys, lookback_interval, target, target_columns, macro_name) -%}
{%- set optional = ['keys', 'watermark_column', 'row_key', 'lookback_interval'] -%}
{%- do entity_kit._mapping(macro_name, argument, entry, ['relation', 'loaded_at'], optional) -%}
{%- set relation = entity_kit._relation(entry['relation'], macro_name, argument ~ '.relation') -%}
{%- set loaded_at = entity_kit._string(macro_name, argument ~ '.loaded_at', entry['loaded_at']) -%}
{%- set watermark_column = entity_kit._watermark_column(
    entry['watermark_column'] if 'watermark_column' in entry else none,
    loaded_at, target, target_columns, macro_name, argument ~ '.'
) -%}
{%- if 'keys' in entry -%}
    {%- set own_keys = entity_kit._list(macro_name, argument ~ '.keys', entry['keys']) -%}
    {%- do entity_kit._require(
        own_keys | length == keys | length, macro_name, argument ~ '.keys',
        'as many as the ' ~ keys | length ~ ' of `keys`, in the same order', entry['keys'],
        'Name what corresponds to ' ~ keys | join(', ') ~ '.'
    ) -%}
{%- else -%}
    {%- set own_keys = entity_kit._names_in(keys, macro_name, argument ~ '.keys') -%}
{%- endif -%}
{%- set row_key = entity_kit._list(macro_name, argument ~ '.row_key', entry['row_key']) if 'row_key' in entry else [] -%}
{#- With `_qualified` alone, the engine would report a missing column with our aliases. -#}
{%- set known = entity_kit._known_columns(entry['relation']) -%}
{%- set named = {'loaded_at': [loaded_at], 'keys': own_keys, 'row_key': row_key} -%}
{%- for part in named -%}
    {%- for text in named[part] -%}
        {%- do entity_kit._has_column(
            text, known, relation, macro_name, argument ~ '.' ~ part, 'Use this upstream\'s own names.'
        ) -%}
    {%- endfor -%}
{%- endfor -%}
{%- set interval = entry['lookback_interval'] if 'lookback_interval' in entry else lookback_interval -%}
{%- set interval_argument = argument ~ '.lookback_interval' if 'lookback_interval' in entry else 'lookback_interval' -%}
{%- set arrived = entity_kit._past_watermark(
    entity_kit._qualified('entity_kit_upstream', loaded_at), watermark_column, target, interval,
    macro_name, interval_argument
) -%}
{%- set columns = namespace(touched=[], row_key=[]) -%}
{%- for key in own_keys -%}
    {%- set columns.touched = columns.touched + [entity_kit._qualified('entity_kit_upstream', key)] -%}
{%- endfor -%}
{%- for key in row_key -%}
    {%- set columns.row_key = columns.row_key + [entity_kit._qualified('entity_kit_upstream', key)] -%}
{%- endfor -%}
{%- set from = relation ~ ' as entity_kit_upstream' -%}
{#- A log keeps every version of a row, so the keys of its other versions are touched too. -#}
{%- set touches = arrived if not row_key else entity_kit._matches_any(
    columns.row_key, [{'keys': columns.row_key, 'from': from, 'where': arrived}]
) -%}
{{ return({'keys': columns.touched, 'from': from, 'where': touches}) }}
{%- endmacro -%}
