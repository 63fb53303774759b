{#-
    Whether the outer row's keys are among the rows of any of the selects, NULL matching NULL. `keys` are the outer
    query's expressions; each select is a mapping of `keys`, in the same order, `from` and, where not all rows count, `where`.

    The selects' columns get names of our own, so that an outer name is never taken for an inner one.
-#}
{%- macro _matches_any(keys, selects) -%}
{{ return(adapter.dispatch('_matches_any', 'entity_kit')(keys, selects)) }}
{%- endmacro -%}

{#- A semi join: DuckDB prunes with it and hashes it, although NULLs are equal. -#}
{%- macro default___matches_any(keys, selects) -%}
{%- set conditions = namespace(all=[]) -%}
{%- for key in keys -%}
    {%- set conditions.all = conditions.all + [
        entity_kit._null_safe_equal('entity_kit_match.key_' ~ loop.index, entity_kit._operand(key))
    ] -%}
{%- endfor -%}
{%- set matches = entity_kit._union_of_keys(selects) -%}
{%- set is_short = selects | length == 1 and selects[0]['where'] is not defined and matches | length <= 70 -%}
{%- set laid_out = matches.split('\n') | join(' ') if is_short else '\n        ' ~ matches | indent(8) ~ '\n    ' -%}
exists (
    select 1 from ({{ laid_out }}) as entity_kit_match
    where {{ conditions.all | join('\nand ') | indent(8) }}
)
{%- endmacro -%}

{#- Postgres hashes only `=`, and arrays of one element are equal if both elements are NULL. -#}
{%- macro postgres___matches_any(keys, selects) -%}
{%- set wrapped = namespace(all=[]) -%}
{%- for key in keys -%}
    {%- set wrapped.all = wrapped.all + ['array[' ~ key ~ ']'] -%}
{%- endfor -%}
({{ wrapped.all | join(', ') }}) in (
    {{ entity_kit._union_of_keys(selects, 'array[', ']') | indent(4) }}
)
{%- endmacro -%}

{#-
    Redshift has no such arrays, and correlated subqueries only with `=`: compare texts, which are empty only for NULL.
-#}
{%- macro redshift___matches_any(keys, selects) -%}
{%- set texts = namespace(all=[]) -%}
{%- for key in keys -%}
    {%- set texts.all = texts.all + ["coalesce('=' || cast(" ~ key ~ " as varchar), '')"] -%}
{%- endfor -%}
{{ entity_kit._call('', texts.all) }} in (
    {{ entity_kit._union_of_keys(selects, "coalesce('=' || cast(", " as varchar), '')") | indent(4) }}
)
{%- endmacro -%}

{#- BigQuery also has correlated subqueries only with `=`: compare the keys as one JSON text. -#}
{%- macro bigquery___matches_any(keys, selects) -%}
{%- set texts = namespace(all=[]) -%}
{%- for each in selects -%}
    {%- set texts.all = texts.all + [entity_kit._query(
        ['select ' ~ entity_kit._json_text(each['keys']), 'from ' ~ each['from']]
        + (['where ' ~ each['where']] if each['where'] is defined else [])
    )] -%}
{%- endfor -%}
{{ entity_kit._json_text(keys) }} in (
    {{ texts.all | join('\nunion all\n') | indent(4) }}
)
{%- endmacro -%}
