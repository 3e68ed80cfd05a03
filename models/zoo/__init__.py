"""Shipped policies: one directory each with ``model.safetensors``, ``config.json`` and a card."""
