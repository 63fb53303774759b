{#-
    Check `nodes`: the columns of a link that name an identifier. Returns a mapping of the `columns`, the `types` that are
    known (none if a column has them), and the `ends`: the `type` and the `node` of each as SQL, which are NULL together.
-#}
{%- macro _identity_ends(name, links, nodes, known) -%}
{%- do entity_kit._require(
    nodes is sequence and nodes is not string and nodes is not mapping and nodes | length > 1, name, 'nodes',
    'a list of two or more mappings', nodes,
    'Write [{\'column\': \'anonymous_id\', \'type\': \'visitor\'}, {\'column\': \'user_id\', \'type\': \'user\'}].'
) -%}
{%- set found = namespace(columns=[], kinds=[], ends=[], has_unknown=false) -%}
{%- for given in nodes -%}
    {%- set argument = 'nodes[' ~ loop.index0 ~ ']' -%}
    {%- do entity_kit._mapping(name, argument, given, ['column'], ['type', 'type_column']) -%}
    {%- do entity_kit._require(
        ('type' in given) != ('type_column' in given), name, argument, 'a mapping with either type or type_column', given,
        'Name the type of the identifier, such as \'user\', or the column that has it.'
    ) -%}
    {%- set columns = entity_kit._column_names(name, argument ~ '.column', given['column'])
        + (entity_kit._column_names(name, argument ~ '.type_column', given['type_column']) if 'type_column' in given else []) -%}
    {%- do entity_kit._require(
        columns | length == (1 if 'type' in given else 2), name, argument, 'the name of one column', given,
        'Add a mapping to the list for each further column.'
    ) -%}
    {%- do entity_kit._require(
        columns[0] not in found.columns, name, argument ~ '.column', 'a column that no other end of the link is', given['column'],
        'A link connects the identifiers in different columns.'
    ) -%}
    {%- do entity_kit._known_in(name, links, {argument: columns}, known) -%}
    {%- set types = entity_kit._key_types(links, columns, known) -%}
    {%- set node = entity_kit._text(columns[0], types.get(columns[0])) -%}
    {%- if 'type' in given -%}
        {%- do entity_kit._string(name, argument ~ '.type', given['type'], 'the type of the identifier', 'user') -%}
        {%- set found.kinds = found.kinds + [given['type']] -%}
        {%- set found.ends = found.ends + [{'type': entity_kit._literal(given['type']), 'node': node, 'is_typed': true}] -%}
    {%- else -%}
        {%- set found.has_unknown = true -%}
        {%- set found.ends = found.ends + [{
            'type': entity_kit._text(columns[1], types.get(columns[1])),
            'node': 'case when ' ~ columns[1] ~ ' is not null then ' ~ node ~ ' end',
            'is_typed': false
        }] -%}
    {%- endif -%}
    {%- set found.columns = found.columns + columns -%}
{%- endfor -%}
{{ return({
    'columns': found.columns, 'types': none if found.has_unknown else found.kinds | unique(case_sensitive=true) | list,
    'ends': found.ends
}) }}
{%- endmacro -%}
