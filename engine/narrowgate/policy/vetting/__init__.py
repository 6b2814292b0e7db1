"""Vetting: what a bundle must not do, found before it decides anything.

Safety does not rest on the rules of a policy being written well: it rests on knowing what they read and what they can
answer. So a bundle is used only where every read is by name, every action is spelt out, and nothing depends on more
than the request, the record and the bundle's own data.
"""

from __future__ import annotations

from pathlib import Path

from narrowgate.errors import PolicyInvalid
from narrowgate.model.catalogue import Catalogue
from narrowgate.policy.bundle import Bundle
from narrowgate.policy.vetting import data, modules, placement
from narrowgate.policy.vetting.finding import Finding


def vet(bundle: Bundle, catalogue: Catalogue, folder: Path | None = None) -> list[Finding]:
    """All that keeps ``bundle`` from being used, in the order of files and lines.

    Args:
        bundle: as the deciding OPA reported it.
        catalogue: the fields that policies may name.
        folder: where the bundle's files lie, if they lie here; gives findings in data their lines.
    """
    found = {*placement.check(bundle), *modules.check(bundle, catalogue), *data.check(bundle, catalogue, folder)}
    return sorted(found, key=lambda finding: (finding.at.file, finding.at.line, finding.rule, finding.message))


def require_vetted(bundle: Bundle, catalogue: Catalogue, folder: Path | None = None) -> None:
    """Raise ``PolicyInvalid`` with every finding, should there be any."""
    if findings := vet(bundle, catalogue, folder):
        first, more = findings[0], len(findings) - 1
        message = f"{first.at}: {first.message}" + (f" (and {more} more)" if more else "")
        raise PolicyInvalid(message, first.remedy, [str(finding) for finding in findings])
