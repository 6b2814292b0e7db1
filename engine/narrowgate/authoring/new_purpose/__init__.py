"""A new purpose from a few answers: asked, checked, written down, proved, and only then put into the policies."""
