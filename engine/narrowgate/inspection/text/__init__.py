"""Tables in text."""
