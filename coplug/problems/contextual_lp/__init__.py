"""Contextual linear programs: costs that are predicted from contexts, learned from decisions or costs."""
