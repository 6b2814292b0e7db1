"""JPEG and PNG."""
