"""The root fields of the graph: translate in, one call, translate out."""
