"""Where things are in the checkout."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
POLICIES = ROOT / "policies"
SCHEMAS = ROOT / "schemas"
EXAMPLES = ROOT / "examples"
THIRD_PARTY = ROOT.parent / "shared" / "data"
"""Files that nobody on this project wrote. Not part of the repository; see its README."""
