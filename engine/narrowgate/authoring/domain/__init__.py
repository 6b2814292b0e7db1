"""The finite domain of policies: every situation that they can tell apart, and what becomes of each."""
