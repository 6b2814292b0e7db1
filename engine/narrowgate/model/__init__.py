"""The documents that cross a boundary, and the catalogue. No I/O beyond reading the catalogue and sources."""
