{#-
    Check measures: a list of mappings with a name and a calculation. `taken` are the names that the table already has.
    Return the same list with each name as it is written in SQL.
-#}
{%- macro _measures(macro_name, argument, measures, taken, required=[]) -%}
{%- do entity_kit._require(
    measures is sequence and measures is not string and measures is not mapping,
    macro_name, argument, 'a list of mappings', measures,
    'Write [{\'name\': \'revenue\', \'calculation\': \'sum(amount)\', \'description\': \'…\'}].'
) -%}
{#- Names that differ only in quotes are the same. -#}
{%- set found = namespace(all=[], names=[]) -%}
{%- for other in taken -%}
    {%- set found.names = found.names + [entity_kit._unquoted(other) | lower] -%}
{%- endfor -%}
{%- for measure in measures -%}
    {%- set position = argument ~ '[' ~ loop.index0 ~ ']' -%}
    {%- for word in ['expression', 'expr', 'sql', 'formula', 'aggregate'] if measure is mapping and word in measure -%}
        {{ entity_kit._fail(
            macro_name, position, 'a mapping with ' ~ (['name', 'calculation'] + required) | join(', '), word,
            'Closest: calculation.'
        ) }}
    {%- endfor -%}
    {%- do entity_kit._mapping(
        macro_name, position, measure, ['name', 'calculation'] + required, ['description', 'owner', 'unit', 'fill']
    ) -%}
    {%- do entity_kit._string(macro_name, position ~ '.name', measure['name'], 'a column name') -%}
    {%- do entity_kit._string(
        macro_name, position ~ '.calculation', measure['calculation'], 'an aggregate in SQL, such as sum(amount)'
    ) -%}
    {%- set plain = entity_kit._unquoted(measure['name']) | lower -%}
    {%- do entity_kit._require(
        plain not in found.names, macro_name, position ~ '.name',
        'a name that no other column of the table has', measure['name'], 'Rename it.'
    ) -%}
    {%- set found.names = found.names + [plain] -%}
    {%- set found.all = found.all + [{
        'name': measure['name'],
        'column': entity_kit._column(measure['name']),
        'calculation': measure['calculation'],
        'fill': measure['fill'] if 'fill' in measure else none,
        'periods': measure['periods'] if 'periods' in measure else 1,
        'description': measure.get('description')
    }] -%}
{%- endfor -%}
{{ return(found.all) }}
{%- endmacro -%}
