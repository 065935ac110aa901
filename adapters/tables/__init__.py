"""Items in one table: the seam, its engines, and a repository for each noun."""
