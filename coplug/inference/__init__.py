"""Compiled forward passes of the shipped networks: numpy and numba in, scores out, no torch."""
