"""The pytest plugin: one test per model and schedule."""
