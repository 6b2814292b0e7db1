"""Lint: what vetting lets pass, as it is safe, but an author will not have meant."""
