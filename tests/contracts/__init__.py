"""Contract suites: every promise of a port, run on every implementation."""
