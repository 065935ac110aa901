"""Entities, rules, ports and use cases, in plain Python."""
