"""How many mutants came to which end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from mutation.trial import Verdict


def summary(verdicts: Sequence[Verdict]) -> str:
    """One line."""
    ends = Counter(verdict.end for verdict in verdicts)
    return f"{len(verdicts)} mutants: {', '.join(f'{number} {end}' for end, number in ends.most_common())}"
