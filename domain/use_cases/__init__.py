"""What the system does: one asynchronous function for each use case."""
