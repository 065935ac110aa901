"""The work that is done outside of requests, and the queue that rings for it."""
