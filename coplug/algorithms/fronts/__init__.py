"""Sets of points of which more is better in every objective: what dominates, what a set covers, how far it spreads."""
