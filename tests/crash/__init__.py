"""Each use case, killed at every call it makes."""
