"""Distributions of mixed-integer linear programs, drawn at random."""
