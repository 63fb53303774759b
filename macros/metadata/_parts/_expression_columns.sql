{#-
    The columns that an expression names, in lowercase: every name that is no function, keyword, or part of a string. Names
    in quotes keep their case.
-#}
{%- macro _expression_columns(expression) -%}
{%- set keywords = [
    'and', 'or', 'not', 'case', 'when', 'then', 'else', 'end', 'is', 'null', 'in', 'like', 'ilike', 'between', 'true',
    'false', 'as', 'distinct', 'interval', 'date', 'timestamp', 'integer', 'int', 'bigint', 'numeric', 'decimal', 'float',
    'double', 'precision', 'varchar', 'text', 'string', 'boolean', 'over', 'partition', 'by', 'order', 'asc', 'desc'
] -%}
{%- set code = modules.re.sub("'(?:[^']|'')*'", ' ', expression | string) -%}
{%- set found = [] -%}
{%- for quoted, bare in modules.re.findall('"((?:[^"]|"")+)"|(?<![\\w.:])([A-Za-z_]\\w*)(?![\\w]*\\s*\\()', code) -%}
    {%- if quoted -%}
        {%- do found.append(quoted) -%}
    {%- elif bare | lower not in keywords -%}
        {%- do found.append(bare | lower) -%}
    {%- endif -%}
{%- endfor -%}
{{ return(found | unique | list) }}
{%- endmacro -%}
