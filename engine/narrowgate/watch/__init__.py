"""Folders that are watched: what HR systems drop is released, or put aside with the reasons."""
