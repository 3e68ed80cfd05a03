"""Influence maximization: the seeds from which a diffusion reaches the most nodes of a network."""
