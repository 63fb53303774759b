{#- All refusals have one form: macro, argument, what was expected, what was given, the fix. -#}
{%- macro _fail(macro_name, argument, expected, given, fix) -%}
{{ exceptions.raise_compiler_error(
    macro_name ~ ': `' ~ argument ~ '` must be ' ~ expected ~ '; got ' ~ entity_kit._display(given) ~ '.\n' ~ fix
) }}
{%- endmacro -%}
