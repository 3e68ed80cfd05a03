"""Building extremal graphs by flipping pairs of nodes."""
