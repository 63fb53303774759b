{#-
    Check the arguments of `identity_map`. Returns them as a mapping of SQL, with what the CTEs of entities need (see
    `_entity_versions`): the entity is the identifier, and `order` says which version of a link is the latest.
-#}
{%- macro _identity_spec(
    links, nodes, loaded_at, max_members, lookback_interval, linked_at, row_key, deleted_when, updated_at, shared,
    one_to_one, handover, max_steps
) -%}
{%- set name = 'identity_map' -%}
{%- do entity_kit._require(
    links is not string or links | lower not in [
        'arrived', 'touched', 'connected', 'related', 'versions', 'stated', 'named', 'identifiers', 'linked', 'pairs',
        'components', 'components_walk', 'shared_identifiers', 'open_pairs', 'rivals', 'contested', 'parted',
        'kept_pairs', 'persons', 'persons_walk', 'grouped', 'judged'
    ], name, 'links', 'a CTE with another name', links, 'The macro uses a CTE with this name. Rename yours.'
) -%}
{%- set relation = entity_kit._relation(links, name, 'links') -%}
{%- set row_keys = entity_kit._column_names(name, 'row_key', row_key) if row_key is not none else [] -%}
{%- set known = entity_kit._scd2_columns_of(links) -%}
{%- do entity_kit._known_in(name, links, {'row_key': row_keys}, known) -%}
{%- set given = entity_kit._identity_ends(name, links, nodes, known) -%}
{%- set arrival = entity_kit._time_column(name, 'loaded_at', loaded_at, links, known) -%}
{%- set seen = arrival if linked_at is none else entity_kit._time_column(name, 'linked_at', linked_at, links, known) -%}
{%- set version_time = [] if updated_at is none else [entity_kit._time_column(name, 'updated_at', updated_at, links, known)] -%}
{%- set deleted = none if deleted_when is none
    else entity_kit._string(name, 'deleted_when', deleted_when, 'a condition on the links', 'is_deleted') -%}
{%- do entity_kit._require(
    max_members is none or (max_members is integer and max_members > 1), name, 'max_members', 'a whole number, two or more',
    max_members, 'It is the most identifiers that one person can have.'
) -%}
{%- do entity_kit._require(
    max_steps is integer and max_steps > 0, name, 'max_steps', 'a whole number, one or more', max_steps,
    'Leave it out: 50 steps connect chains of any length that occurs.'
) -%}
{%- set content = entity_kit._row_order('entity_kit_row', links, none, name, 'links', is_alone=true) if row_keys else '' -%}
{%- set latest_first = [] -%}
{%- for time in (version_time + [arrival]) | unique(case_sensitive=true) -%}
    {%- do latest_first.append(time ~ ' desc nulls last') -%}
{%- endfor -%}
{%- set spec = {
    'name': name,
    'relation': relation,
    'is_wrapped': links is string,
    'business_key': ['node_type', 'node'],
    'types': {'node_type': '', 'node': ''},
    'columns': [],
    'own_names': [
        'durable_key', 'person_id', 'members', 'first_linked_at', 'last_linked_at', 'component_id', 'reason', 'is_deleted',
        'loaded_at'
    ],
    'ends': given.ends,
    'loaded_at': arrival,
    'linked_at': seen,
    'row_key': row_keys,
    'rows_move': row_keys | length > 0 and given.columns | reject('in', row_keys) | list | length > 0,
    'deleted': deleted,
    'order': entity_kit._wrapped(latest_first + [content], 92),
    'narrowed': is_incremental(),
    'max_members': max_members,
    'max_steps': max_steps,
    'past_watermark': entity_kit._past_watermark(
        arrival, 'loaded_at', this | string, lookback_interval, name, 'lookback_interval', width=88
    ),
} -%}
{%- do spec.update(entity_kit._identity_rules(name, given.types, shared, one_to_one, handover)) -%}
{{ return(spec) }}
{%- endmacro -%}
