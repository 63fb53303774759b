{#-
    Check the arguments that say what a change log's columns mean. Returns a mapping of SQL: `relation`, `business_key`,
    `tracked`, `overwrite`, `columns` (both, in the relation's order), `changed_at`, `loaded_at`, `sequence`, `deleted`,
    and what is known of the relation: `types` by column, and `known`, its column names (none of a CTE).
-#}
{%- macro _scd2_log(
    macro_name, changes, business_key, changed_at, loaded_at, tracked_columns, overwrite_columns, deleted_when, sequence,
    taken
) -%}
{%- set relation = entity_kit._relation(changes, macro_name, 'changes') -%}
{%- set keys = entity_kit._column_names(macro_name, 'business_key', business_key, taken) -%}
{%- set changed = entity_kit._column_names(macro_name, 'changed_at', entity_kit._string(macro_name, 'changed_at', changed_at))[0] -%}
{%- set loaded = entity_kit._column_names(macro_name, 'loaded_at', entity_kit._string(macro_name, 'loaded_at', loaded_at))[0] -%}
{%- set order = entity_kit._column_names(macro_name, 'sequence', sequence) if sequence is not none else [] -%}
{%- set deleted = none if deleted_when is none else entity_kit._expression(
    entity_kit._string(macro_name, 'deleted_when', deleted_when, 'a condition on the rows')
) -%}
{%- set overwrite = entity_kit._column_names(macro_name, 'overwrite_columns', overwrite_columns, taken, may_be_empty=true) -%}
{%- set found = entity_kit._scd2_columns_of(changes) -%}
{%- set tracked = entity_kit._column_names(macro_name, 'tracked_columns', tracked_columns, taken, may_be_empty=true)
    if tracked_columns is not none else entity_kit._scd2_tracked(
        macro_name, changes, found, keys + [changed, loaded] + order + overwrite, deleted_when, taken
    ) -%}
{%- set known = found | map(attribute='name') | list -%}
{%- set roles = [
    {'argument': 'business_key', 'names': keys},
    {'argument': 'changed_at', 'names': [changed]},
    {'argument': 'loaded_at', 'names': [loaded]},
    {'argument': 'sequence', 'names': order},
    {'argument': 'tracked_columns', 'names': tracked},
    {'argument': 'overwrite_columns', 'names': overwrite},
] -%}
{%- do entity_kit._scd2_check_roles(macro_name, roles, known) -%}
{%- for role in roles if found -%}
    {%- do entity_kit._scd2_known_columns(macro_name, role.argument, role.names, known, relation) -%}
{%- endfor -%}
{%- set types = entity_kit._scd2_types(macro_name, changes, found, changed, keys + tracked + overwrite) -%}
{%- do entity_kit._scd2_try_deleted_when(macro_name, relation, deleted if found else none) -%}
{{ return({
    'relation': relation,
    'is_cte': changes is string,
    'business_key': keys,
    'key_list': keys | join(', '),
    'tracked': tracked,
    'overwrite': overwrite,
    'columns': tracked + overwrite if tracked_columns is not none
        else entity_kit._scd2_in_relations_order(tracked + overwrite, known),
    'changed_at': changed,
    'loaded_at': loaded,
    'sequence': order,
    'deleted': deleted,
    'types': types,
    'known': known,
}) }}
{%- endmacro -%}
