"""``python -m mutation [TEXT]``: try every mutant of the shipped policies, or those whose name holds TEXT."""

from __future__ import annotations

import sys

from mutation.mutants import mutants
from mutation.summary import summary
from mutation.trial import trials

wanted = [mutant for mutant in mutants() if " ".join(sys.argv[1:]) in mutant.name]
found = []
with trials() as ready:
    for mutant in wanted:
        found.append(ready.verdict(mutant))
        print(found[-1], flush=True)
print(summary(found))
sys.exit(any(verdict.survives for verdict in found))
