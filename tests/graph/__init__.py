"""The graph over real HTTP and WebSockets, on real storage."""
