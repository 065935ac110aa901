"""Starts the system: settings, wiring, processes and the command line."""
