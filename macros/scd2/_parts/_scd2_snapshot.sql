{#-
    A native snapshot in our words, as a mapping of SQL: `relation`, `business_key`, `columns`, `types`, `valid_from`,
    `valid_to` (NULL while open), `updated_at`, `is_deleted`. What its config says (names of the meta columns, the end of
    an open row) is read from the project where the snapshot belongs to it; arguments come before that.
-#}
{%- macro _scd2_snapshot(
    macro_name, snapshot, business_key, tracked_columns, meta_columns, dbt_valid_to_current, taken
) -%}
{%- set relation = entity_kit._relation(snapshot, macro_name, 'snapshot') -%}
{%- do entity_kit._require(
    snapshot is not string, macro_name, 'snapshot', 'the snapshot itself, not a CTE', snapshot,
    'Pass ref(\'…\'), or source(\'…\', \'…\'): its columns are read from the warehouse.'
) -%}
{%- set own = namespace(config={}) -%}
{%- if execute -%}
    {%- for node in graph.nodes.values() if node.resource_type == 'snapshot' and node.relation_name == snapshot.render() -%}
        {%- set own.config = node.config -%}
    {%- endfor -%}
{%- endif -%}
{%- set meta_names = [
    'dbt_valid_from', 'dbt_valid_to', 'dbt_updated_at', 'dbt_scd_id', 'dbt_is_deleted'
] -%}
{%- do entity_kit._mapping(macro_name, 'meta_columns', meta_columns, [], meta_names) -%}
{%- set renamed = own.config.get('snapshot_meta_column_names') or {} -%}
{%- set meta = namespace(names={}, all=[]) -%}
{%- for name in meta_names -%}
    {%- set actual = meta_columns.get(name) or renamed.get(name) or name -%}
    {%- do meta.names.update({name: entity_kit._column(actual)}) -%}
    {%- set meta.all = meta.all + [actual | lower] -%}
{%- endfor -%}
{%- set open_end = dbt_valid_to_current if dbt_valid_to_current is not none
    else own.config.get('dbt_valid_to_current') -%}
{%- set keys = entity_kit._column_names(macro_name, 'business_key', business_key, taken) -%}
{%- set found = entity_kit._scd2_columns_of(snapshot) -%}
{%- set known = namespace(names=[], types={'entity_kit_from': ''}, tracked=[], has_deletions=false) -%}
{%- for column in found -%}
    {%- set written = entity_kit._column(column.name) -%}
    {%- set known.names = known.names + [column.name] -%}
    {%- do known.types.update({written: column.dtype}) -%}
    {%- if column.name | lower == entity_kit._unquoted(meta.names['dbt_valid_from']) | lower -%}
        {%- do known.types.update({'entity_kit_from': column.dtype}) -%}
    {%- endif -%}
    {%- if column.name | lower == entity_kit._unquoted(meta.names['dbt_is_deleted']) | lower -%}
        {%- set known.has_deletions = true -%}
    {%- endif -%}
    {%- if tracked_columns is none and column.name | lower not in meta.all and written not in keys -%}
        {%- do entity_kit._require(
            column.name | lower not in taken, macro_name, 'tracked_columns',
            'set if a column of the snapshot has the name of one of ours', column.name, 'List the others.'
        ) -%}
        {%- set known.tracked = known.tracked + [written] -%}
    {%- endif -%}
{%- endfor -%}
{%- do entity_kit._require(
    not execute or found | length > 0, macro_name, 'snapshot', 'a relation that exists', snapshot, 'Run `dbt snapshot` first.'
) -%}
{%- if tracked_columns is not none -%}
    {%- set known.tracked = entity_kit._column_names(
        macro_name, 'tracked_columns', tracked_columns, taken, may_be_empty=true
    ) -%}
{%- endif -%}
{%- if found -%}
    {%- do entity_kit._scd2_known_columns(macro_name, 'business_key', keys, known.names, relation) -%}
    {%- do entity_kit._scd2_known_columns(macro_name, 'tracked_columns', known.tracked, known.names, relation) -%}
    {%- do entity_kit._scd2_known_columns(macro_name, 'meta_columns', [
        meta.names['dbt_valid_from'], meta.names['dbt_valid_to'], meta.names['dbt_updated_at']
    ], known.names, relation) -%}
{%- endif -%}
{%- set ends = meta.names['dbt_valid_to'] -%}
{{ return({
    'relation': relation,
    'business_key': keys,
    'columns': known.tracked,
    'types': known.types,
    'valid_from': meta.names['dbt_valid_from'],
    'valid_to': ends if open_end is none
        else 'case when ' ~ ends ~ ' <> ' ~ open_end ~ ' then ' ~ ends ~ ' end',
    'updated_at': meta.names['dbt_updated_at'],
    'is_deleted': "coalesce(lower(cast(" ~ meta.names['dbt_is_deleted'] ~ ' as ' ~ dbt.type_string() ~ ")), 'false') = 'true'"
        if known.has_deletions else 'false',
}) }}
{%- endmacro -%}
