"""Independent sets of largest total weight: reductions, local search, bounds and exact search for weighted nodes."""
