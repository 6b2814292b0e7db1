"""The record of what left."""
