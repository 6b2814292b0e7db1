"""Comparing policies by what would leave."""
