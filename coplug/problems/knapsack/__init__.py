"""Knapsacks: 0/1 items, one or several objectives, one or several constraints."""
