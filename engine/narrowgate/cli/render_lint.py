"""Presenting what lint found."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from narrowgate.cli.render import console, print_document
from narrowgate.model.lint import LintFinding, LintReport
from narrowgate.model.wording import counted

_STYLES = {"error": "bold red", "warning": "yellow", "note": "cyan"}


def print_lint(report: LintReport, where: str, notes: bool, as_json: bool) -> None:
    """What ``policy lint`` found.

    Args:
        where: the policies' folder, or the address of the OPA that has them.
        notes: whether people are shown notes; machines always are.
    """
    if as_json:
        print_document(report)
        return
    out = console()
    for finding in report.findings:
        if notes or finding.severity != "note":
            _print_finding(out, finding)
    out.print(f"{_summary(report, notes)} ({_aside(report, notes)}{where})", soft_wrap=True)


def _print_finding(out: Console, finding: LintFinding) -> None:
    place = f"{finding.file}:{finding.line}: " if finding.file else ""
    severity = (finding.severity, _STYLES[finding.severity])
    said = Text.assemble((place, "bold"), severity, f": {finding.message} [{finding.rule}]")
    out.print(said, soft_wrap=True)
    if finding.quote:
        out.print(Text(f"    {finding.quote}", style="cyan"), soft_wrap=True)
    out.print(Text(f"  → {finding.remedy}", style="dim"), soft_wrap=True)


def _summary(report: LintReport, notes: bool) -> str:
    if not report.usable:
        return f"{counted(len(report.findings), 'finding')}; the policies cannot be used"
    severities = ("warning", "note") if notes else ("warning",)
    counts = [counted(len(found), severity) for severity in severities if (found := report.of(severity))]
    return f"{' and '.join(counts)}; the policies can be used" if counts else "nothing found"


def _aside(report: LintReport, notes: bool) -> str:
    hidden = len(report.of("note"))
    return f"{counted(hidden, 'note')} more with --notes; " if hidden and not notes else ""
