"""What `verify` needs to be told about a source, read from the source's own rows.

`times`, `keys`, `roles`, and `evidence` look at one relation; `proposal` turns what they saw into a
declaration; `yaml_edit` puts it into the text of a YAML file; `project` does so for a whole project.
Of `verify`, only `project` imports anything. Nothing here writes a file or to a warehouse.
"""
