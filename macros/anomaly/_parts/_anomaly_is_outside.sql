{#-
    Whether a value is outside of what its baseline expects, in a direction that counts. Never without a deviation that is
    more than `noise`, see `_anomaly_noise`.
-#}
{%- macro _anomaly_is_outside(rule, value, expected, deviation, noise) -%}
{%- set spread = entity_kit._anomaly_spread(rule, deviation) -%}
{%- set is_above = value ~ ' > ' ~ expected ~ ' + ' ~ rule.threshold ~ ' * ' ~ spread -%}
{%- set is_below = value ~ ' < ' ~ expected ~ ' - ' ~ rule.threshold ~ ' * ' ~ spread -%}
{%- set sides = {'up': is_above, 'down': is_below, 'both': '(' ~ is_above ~ '\n    or ' ~ is_below ~ ')'} -%}
{{ return(spread ~ ' > ' ~ noise ~ '\n    and ' ~ sides[rule.direction]) }}
{%- endmacro -%}
