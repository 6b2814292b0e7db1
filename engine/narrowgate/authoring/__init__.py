"""For policy authors: running cases, lint, and the start of a repository of their own."""
