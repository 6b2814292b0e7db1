"""Narrowgate: the narrow gate between an HR system and its suppliers."""

__version__ = "0.1.0"
