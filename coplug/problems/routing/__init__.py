"""Routing packets through wireless networks, by what each node knows of its surroundings."""
