{#-
    The frame of an ordered aggregate from the first row to this one. This is the default, except on engines that
    require an explicit frame; there, rows of equal rank don't count together.
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
