{#-
    The frame of an ordered aggregate that reaches from the first row to this one: what it has by default, except where
    each must say its frame. There rows of one rank don't count together.
-#}
{%- macro _so_far() -%}
{{ return(adapter.dispatch('_so_far', 'entity_kit')()) }}
{%- endmacro -%}

{%- macro default___so_far() -%}
{{ return('') }}
{%- endmacro -%}

{%- macro redshift___so_far() -%}
{{ return('\nrows between unbounded preceding and current row') }}
{%- endmacro -%}
