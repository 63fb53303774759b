{#-
    Several values as one unambiguous text, so that no two rows share it: a CSV line, with every value in double
    quotes, quotes inside doubled, and NULL as nothing; laid out with one value a line. `types` may have the columns' data
    types by name, if they are known (see `_text`); the text of a number or a time has no quote to double.
-#}
{%- macro _csv_line(columns, types={}, alias=none) -%}
{%- set plain_types = [
    'tinyint', 'smallint', 'integer', 'int', 'bigint', 'hugeint', 'int2', 'int4', 'int8', 'decimal', 'numeric', 'number',
    'real', 'float', 'double', 'double precision', 'float4', 'float8', 'boolean', 'bool', 'date', 'uuid', 'timestamp',
    'timestamp without time zone', 'timestamp with time zone', 'timestamptz', 'datetime'
] -%}
{%- set parts = namespace(all=[]) -%}
{%- for column in columns -%}
    {%- set type = types[column] if column in types else none -%}
    {%- set value = entity_kit._expression(column) -%}
    {%- set text = entity_kit._text(value if alias is none else alias ~ '.' ~ value, type) -%}
    {%- set family = '' if type is none or type[-1:] == ']' else type.split('(')[0] | trim | lower -%}
    {%- set content = text if family in plain_types else 'replace(' ~ text ~ ", '\"', '\"\"')" -%}
    {%- set parts.all = parts.all + ["coalesce('\"' || " ~ content ~ " || '\"', '')"] -%}
{%- endfor -%}
{{ return(parts.all | join("\n|| ',' || ")) }}
{%- endmacro -%}
