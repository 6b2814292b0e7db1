"""Exports that are worked on after their calls have been answered."""
