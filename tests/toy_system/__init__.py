"""A system from outside coplug: bags of items, of which as much value as possible is packed."""
