{#- Every refusal has one form: macro, argument, what was expected, what was given, the way out (docs/style). -#}
{%- macro _fail(macro_name, argument, expected, given, fix) -%}
{%- set shown = given if given is string else given | string -%}
{%- set quoted = '"' ~ shown ~ '"' if given is string else shown -%}
{{ exceptions.raise_compiler_error(
    macro_name ~ ': `' ~ argument ~ '` must be ' ~ expected ~ '; got ' ~ quoted ~ '.\n' ~ fix
) }}
{%- endmacro -%}
