"""Families of contextual linear programs: a model, and observations drawn for it."""
