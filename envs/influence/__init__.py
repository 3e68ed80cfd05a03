"""Choosing seeds of a diffusion, one by one."""
