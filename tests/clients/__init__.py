"""Tools and clients of others, written in JavaScript, and whether they get along with the graph."""
