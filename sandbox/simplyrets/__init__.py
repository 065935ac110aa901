"""A sandbox SimplyRETS: the homes of the sandbox MLS in SimplyRETS's own JSON."""
