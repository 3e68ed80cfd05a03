"""Building independent sets node by node."""
