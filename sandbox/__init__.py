"""Small servers that speak the real protocols of MLSs and platforms, and can misbehave."""
