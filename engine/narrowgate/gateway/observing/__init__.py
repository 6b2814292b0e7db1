"""Seeing what the gateway does: request ids, logs, counters and traces. None of them holds personal data."""
