"""Learning to route packets."""
