"""Office Open XML workbooks (ECMA-376)."""
