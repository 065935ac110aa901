"""A sandbox MLS that hands out its homes as a CSV file."""
