"""The graph side by side with other servers of the same schema over the same rows."""
