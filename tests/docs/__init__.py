"""The documentation: its commands run, its links lead somewhere, and what it names is there."""
