{#-
    The arguments that say what a change log's columns mean, checked, as a mapping of SQL: `relation`, `business_key`,
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
{%- if deleted_when is not none -%}
    {%- set deleted = entity_kit._expression(
        entity_kit._string(macro_name, 'deleted_when', deleted_when, 'a condition on the rows')
    ) -%}
{%- else -%}
    {%- set deleted = none -%}
{%- endif -%}
{%- set found = entity_kit._scd2_columns_of(changes) -%}
{%- set roles = [
    {'argument': 'business_key', 'names': keys},
    {'argument': 'changed_at', 'names': [changed]},
    {'argument': 'loaded_at', 'names': [loaded]},
    {'argument': 'sequence', 'names': order},
] -%}

{%- set overwrite = entity_kit._column_names(macro_name, 'overwrite_columns', overwrite_columns, taken, may_be_empty=true) -%}
{%- set tracked = namespace(all=[]) -%}
{%- if tracked_columns is not none -%}
    {%- set tracked.all = entity_kit._column_names(
        macro_name, 'tracked_columns', tracked_columns, taken, may_be_empty=true
    ) -%}
{%- else -%}
    {%- do entity_kit._require(
        changes is not string and not changes.is_cte, macro_name, 'tracked_columns',
        'given where `changes` is a CTE or an ephemeral model', none,
        'Its columns aren\'t known while dbt compiles: list those to track.'
    ) -%}
    {%- do entity_kit._require(
        not execute or found | length > 0, macro_name, 'changes', 'a relation that exists', changes,
        'Build it first, or list `tracked_columns`.'
    ) -%}
    {%- set used = namespace(names=[]) -%}
    {%- for name in keys + [changed, loaded] + order + overwrite -%}
        {%- set used.names = used.names + [entity_kit._unquoted(name) | lower] -%}
    {%- endfor -%}
    {%- set marks = entity_kit._words_in(deleted_when) if deleted_when is not none else [] -%}
    {%- for column in found -%}
        {%- set name = column.name | lower -%}
        {%- if name not in used.names and name not in marks -%}
            {%- do entity_kit._require(
                name not in taken, macro_name, 'tracked_columns', 'given where a column of `changes` has the name of one of ours',
                column.name, 'Rename it in a CTE or an upstream model, or leave it out.'
            ) -%}
            {%- set tracked.all = tracked.all + [entity_kit._column(column.name)] -%}
        {%- endif -%}
    {%- endfor -%}
{%- endif -%}

{%- set spelled = namespace(names=[]) -%}
{%- for column in found -%}
    {%- set spelled.names = spelled.names + [column.name] -%}
{%- endfor -%}

{#- No column has two roles that contradict each other. -#}
{%- for name in tracked.all + overwrite -%}
    {%- set argument = 'tracked_columns' if loop.index0 < tracked.all | length else 'overwrite_columns' -%}
    {%- for role in roles[:3] if argument == 'tracked_columns' or role.argument == 'business_key' -%}
        {%- for taken_name in role.names -%}
            {%- do entity_kit._require(
                not entity_kit._scd2_is_same_name(name, taken_name, spelled.names), macro_name, argument,
                'columns without another role', entity_kit._unquoted(name),
                'It is ' ~ ('the' if role.argument != 'business_key' else 'part of the') ~ ' `' ~ role.argument
                ~ '`: leave it out of `' ~ argument ~ '`.'
            ) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- for other in tracked.all if argument == 'overwrite_columns' -%}
        {%- do entity_kit._require(
            not entity_kit._scd2_is_same_name(name, other, spelled.names), macro_name, 'overwrite_columns',
            'columns without another role', entity_kit._unquoted(name), 'It is in `tracked_columns` too: leave it out of one of them.'
        ) -%}
    {%- endfor -%}
{%- endfor -%}
{%- for role in roles[1:3] -%}
    {%- do entity_kit._require(
        role.names[0] not in keys, macro_name, role.argument, 'a column without another role', role.names[0],
        'It is part of the `business_key`: an entity has one key at all times.'
    ) -%}
{%- endfor -%}

{%- set known = namespace(names=spelled.names, types={}) -%}
{%- if found -%}
    {%- for role in roles + [
        {'argument': 'tracked_columns', 'names': tracked.all}, {'argument': 'overwrite_columns', 'names': overwrite}
    ] -%}
        {%- do entity_kit._scd2_known_columns(macro_name, role.argument, role.names, known.names, relation) -%}
    {%- endfor -%}
    {%- for column in found -%}
        {%- do known.types.update({entity_kit._column(column.name): column.dtype, column.name: column.dtype}) -%}
        {%- if entity_kit._unquoted(changed) | lower == column.name | lower -%}
            {%- do entity_kit._require(
                (column.dtype | lower).split('(')[0] not in ['varchar', 'text', 'string', 'character varying', 'character', 'char'],
                macro_name, 'changed_at', 'a date or a timestamp', column.name ~ ', which is ' ~ column.dtype | lower,
                'Text is ordered by its letters: cast it to a timestamp in a CTE or an upstream model.'
            ) -%}
            {%- do known.types.update({'entity_kit_changed_at': column.dtype}) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set compared = [] -%}
    {%- for column in found if entity_kit._column(column.name) in keys + tracked.all + overwrite -%}
        {%- do compared.append(column) -%}
    {%- endfor -%}
    {%- do known.types.update(entity_kit._collations(changes, compared)) -%}
{%- endif -%}
{#-
    Asked for by itself, a condition that isn't SQL is known to be this argument; within the model the database would
    blame any line. It shows a part of the query, and dbt's own comment moves that to the right: say it all along.
-#}
{%- if deleted is not none and found -%}
    {%- set said = [] -%}
    {%- for _ in range(20) -%}
        {%- do said.append(macro_name ~ ': deleted_when') -%}
    {%- endfor -%}
    {%- do run_query(
        'select case /* ' ~ macro_name ~ ': deleted_when */ when ' ~ deleted ~ ' then 1 end from ' ~ relation ~ ' where 1 = 0 /* ' ~ said | join('; ') ~ ' */'
    ) -%}
{%- endif -%}
{#- Both kinds of column, in the relation's order where it is known. -#}
{%- set columns = namespace(all=[]) -%}
{%- for column in found -%}
    {%- for name in tracked.all + overwrite -%}
        {%- if tracked_columns is none and entity_kit._unquoted(name) | lower == column.name | lower -%}
            {%- set columns.all = columns.all + [name] -%}
        {%- endif -%}
    {%- endfor -%}
{%- endfor -%}
{{ return({
    'relation': relation,
    'is_cte': changes is string,
    'business_key': keys,
    'tracked': tracked.all,
    'overwrite': overwrite,
    'columns': columns.all if tracked_columns is none and found else tracked.all + overwrite,
    'changed_at': changed,
    'loaded_at': loaded,
    'sequence': order,
    'deleted': deleted,
    'types': known.types,
    'known': known.names,
}) }}
{%- endmacro -%}
