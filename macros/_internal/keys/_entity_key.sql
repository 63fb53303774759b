{#-
    The unique key of a table whose entities are replaced as a whole. A single key column is compared faster than a
    hash; of several columns, each may be NULL.
-#}
{%- macro _entity_key(business_key) -%}
{{ return(business_key[0] if business_key | length == 1 else 'durable_key') }}
{%- endmacro -%}
