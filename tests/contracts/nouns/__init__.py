"""What every repository promises, on every engine."""
