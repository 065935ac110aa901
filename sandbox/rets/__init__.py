"""A small MLS that speaks RETS 1.7.2 or 1.8 like a real one, with the habits that such servers have."""
