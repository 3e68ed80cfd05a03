"""Filling knapsacks item by item."""
