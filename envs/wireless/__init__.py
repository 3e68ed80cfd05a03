"""Precoding and power allocation as environments."""
