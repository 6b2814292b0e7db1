"""Hidden data in files: every channel by which one says more than it shows."""
