"""Wireless downlinks: precoding of one base station, and power allocation in cell-free networks."""
