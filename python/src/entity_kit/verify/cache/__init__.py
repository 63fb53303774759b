"""Results that are kept from one verification to the next, by a fingerprint of all that they depend on.

`ingredients` says what that is, `environment` reads what lies outside of the project, `entries`
writes a result as JSON and reads it back, `store` keeps the files; `cache` puts them together.
May import the rest of `verify` but what runs a verification.
"""
