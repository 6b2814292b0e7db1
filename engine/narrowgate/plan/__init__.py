"""The plan: a decision bound to the columns an export really has. Pure: no I/O, no tables."""
