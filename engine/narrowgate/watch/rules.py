"""How a folder is to be watched: its ``watch.yaml``."""

from __future__ import annotations

from pathlib import Path

from narrowgate.authoring.cases.source import Source
from narrowgate.model.dialect import told_dialect
from narrowgate.model.source import load_source
from narrowgate.model.watching import Pair, Watching
from narrowgate.service import Gate
from narrowgate.tables.formats import format_named

FILE_NAME = "watch.yaml"


def read_rules(root: Path) -> Watching:
    """What stands in ``watch.yaml``, if there is one.

    Raises:
        SourceError: it is not right; names the line.
    """
    path = root / FILE_NAME
    return Source(path, FILE_NAME, page="docs/gateway/watching.md").parse(Watching) if path.exists() else Watching()


def require_usable(rules: Watching, gate: Gate) -> None:
    """Make sure that there is what ``rules`` name, before any file is refused for it.

    Raises:
        InputError: there is not.
    """
    for pair in rules.pairs:
        require_pair_usable(pair, gate)


def require_pair_usable(pair: Pair, gate: Gate) -> None:
    """The same of one supplier and purpose."""
    if pair.source is not None:
        load_source(gate.schemas, pair.source, gate.catalogue)
    for name in filter(None, (pair.read_as, pair.write_as)):
        format_named(name)
    told_dialect(pair.dialect)
