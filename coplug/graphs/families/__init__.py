"""Distributions of graphs, drawn at random."""
