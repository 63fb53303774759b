{#-
    The frame of an ordered aggregate that reaches from the first row to this one: what it has by default, except where
    each must say its frame. There rows of one rank don't count together.
-#}
{%- macro _running_frame() -%}
{{ return(adapter.dispatch('_running_frame', 'entity_kit')()) }}
{%- endmacro -%}

{%- macro default___running_frame() -%}
{{ return('') }}
{%- endmacro -%}

{%- macro redshift___running_frame() -%}
{{ return('\nrows between unbounded preceding and current row') }}
{%- endmacro -%}
