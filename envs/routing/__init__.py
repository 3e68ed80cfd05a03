"""Forwarding a packet through a wireless network, hop by hop."""
