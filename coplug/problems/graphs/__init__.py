"""Graphs as instances: their type, their files and the families that are drawn at random."""
