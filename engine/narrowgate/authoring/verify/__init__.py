"""Proving invariants over every situation that policies can tell apart."""
