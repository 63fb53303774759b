"""`python -m entity_kit` is `entity-kit`."""

from entity_kit.cli import main

if __name__ == "__main__":
    main()
