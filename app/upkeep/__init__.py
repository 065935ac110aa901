"""What the keeper of an installation does to the whole of it, from the command line."""
