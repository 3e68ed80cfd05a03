"""Self-training of a comparator of graphs (Brusca et al., NeurIPS 2023)."""
