"""Downlink precoders by two numbers a user, in compiled code: what weighted MMSE and learned steps have in common."""
