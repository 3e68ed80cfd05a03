"""Maximum independent set, minimum vertex cover and maximum clique of a graph."""
