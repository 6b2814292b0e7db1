"""The console: what a data protection officer reads. Pages are made here; what they say is asked of others."""
