"""The social platforms as small servers that speak the real protocols and can misbehave."""
