{#-
    Whether this is one quoted name: `"a"`, `"a ""b"""`, but not `"a" || "b"`, which also starts and ends with a quote.
-#}
{%- macro _is_quoted(name) -%}
{%- if name[:1] not in ['"', '`'] -%}
{{ return(false) }}
{%- endif -%}
{%- set mark = adapter.quote('x') | first -%}
{{ return(
    name | length > 2
    and name[0] == mark
    and name[-1] == mark
    and mark not in name[1:-1] | replace(mark ~ mark, '')
) }}
{%- endmacro -%}
