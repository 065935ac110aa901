"""Real processes: started, killed, stopped, and looked at from outside."""
