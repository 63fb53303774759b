{#-
    The unique key of a table whose entities are replaced as a whole. One column of a key is compared faster than the text
    of a hash; of several, each may be NULL.
-#}
{%- macro _entity_key(business_key) -%}
{{ return(business_key[0] if business_key | length == 1 else 'durable_key') }}
{%- endmacro -%}
