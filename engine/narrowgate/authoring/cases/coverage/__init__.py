"""What of the policies cases exercise, and what not."""
