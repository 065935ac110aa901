"""What a listing, a post, a run and their like are, as immutable data."""
