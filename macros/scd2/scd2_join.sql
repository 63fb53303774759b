{%- macro scd2_join(facts, history, on, occurred_at, columns=none, before_first='null') -%}
{{ return(adapter.dispatch('scd2_join', 'entity_kit')(facts, history, on, occurred_at, columns, before_first)) }}
{%- endmacro -%}

{#- `on` and `columns` may be mappings: of the facts' names to the history's, and of the history's to the result's. -#}
{%- macro default__scd2_join(facts, history, on, occurred_at, columns, before_first) -%}
{%- set name = 'scd2_join' -%}
{%- do entity_kit._one_of(name, 'before_first', before_first, ['null', 'first']) -%}
{%- set fact_relation = entity_kit._relation(facts, name, 'facts') -%}
{%- set history_relation = entity_kit._relation(history, name, 'history') -%}
{%- do entity_kit._string(name, 'occurred_at', occurred_at) -%}
{%- set fact_keys = entity_kit._column_names(name, 'on', (on.keys() | list) if on is mapping else on) -%}
{%- set history_keys = entity_kit._column_names(name, 'on', (on.values() | list) if on is mapping else on) -%}
{%- set own_names = [
    'durable_key', 'surrogate_key', 'hashdiff', 'valid_from', 'valid_to', 'is_current', 'is_deleted', 'loaded_at'
] -%}
{%- set found = entity_kit._scd2_columns_of(history) -%}
{%- set picked = namespace(sources=[], names=[]) -%}
{%- if columns is none -%}
    {%- do entity_kit._require(
        history is not string and not history.is_cte, name, 'columns', 'set if `history` is a CTE or an ephemeral model',
        none, 'Its columns aren\'t known while dbt compiles: list those to add.'
    ) -%}
    {%- for column in found -%}
        {%- set written = entity_kit._column(column.name) -%}
        {%- if column.name | lower not in own_names and written not in history_keys -%}
            {%- set picked.sources = picked.sources + [written] -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set picked.names = picked.sources -%}
{%- else -%}
    {%- set is_mapping = columns is mapping -%}
    {%- set picked.sources = entity_kit._column_names(name, 'columns', (columns.keys() | list) if is_mapping else columns) -%}
    {%- set picked.names = entity_kit._column_names(name, 'columns', (columns.values() | list) if is_mapping else columns) -%}
{%- endif -%}
{%- set known = namespace(names=[]) -%}
{%- for column in found -%}
    {%- set known.names = known.names + [column.name] -%}
{%- endfor -%}
{%- if found -%}
    {%- do entity_kit._scd2_known_columns(name, 'on', history_keys, known.names, history_relation) -%}
    {%- do entity_kit._scd2_known_columns(name, 'columns', picked.sources, known.names, history_relation) -%}
{%- endif -%}
{#- Of two columns with one name, the engine would pick either. -#}
{%- set fact_columns = entity_kit._scd2_columns_of(facts) -%}
{%- for column in fact_columns -%}
    {%- for added in picked.names -%}
        {%- do entity_kit._require(
            entity_kit._unquoted(added) | lower != column.name | lower, name, 'columns',
            'names that the facts don\'t have', added,
            'Rename it: columns={\'' ~ added ~ '\': \'…_' ~ added ~ '\'}.'
        ) -%}
    {%- endfor -%}
{%- endfor -%}
{#- Compared directly if that means the same in every session; otherwise in UTC. -#}
{%- set is_plain = entity_kit._same_clock(
    entity_kit._type_among(fact_columns, occurred_at), entity_kit._type_among(found, 'valid_from')
) -%}
{%- set happened = entity_kit._qualified('entity_kit_fact', occurred_at) -%}
{%- set instant = happened if is_plain else entity_kit._utc(happened) -%}
{%- set begins = 'valid_from' if is_plain else entity_kit._utc('valid_from') -%}
{%- set ends = 'valid_to' if is_plain else entity_kit._utc('valid_to') -%}
{%- set versions = entity_kit._scd2_disjoint(
    history_relation, history_keys, fact_keys, picked.sources, begins, ends, none, name, 'history'
) -%}
select
    entity_kit_fact.*
{%- for column in picked.names %},
    entity_kit_version.entity_kit_{{ loop.index }} as {{ column }}
{%- endfor %}
from {{ fact_relation }} as entity_kit_fact
left join (
{%- if before_first == 'first' %}
select
    *,
    row_number() over (partition by {{ fact_keys | join(', ') }} order by entity_kit_from) as entity_kit_number
from (
{%- endif %}
{{ versions }}
{%- if before_first == 'first' %}
) as entity_kit_disjoint
{%- endif %}
) as entity_kit_version
    on {{ entity_kit._same_key('entity_kit_fact', 'entity_kit_version', fact_keys) | indent(4) }}
    {%- if before_first == 'first' %}
    and {{ entity_kit._begins_by(
        'entity_kit_version.entity_kit_from', instant, 'entity_kit_version.entity_kit_number = 1'
    ) }}
    {%- else %}
    and {{ instant }} >= entity_kit_version.entity_kit_from
    {%- endif %}
    and {{ entity_kit._ends_after('entity_kit_version.entity_kit_to', instant) }}
{%- endmacro -%}
