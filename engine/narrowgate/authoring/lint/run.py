"""Running all rules of lint."""

from __future__ import annotations

from datetime import date

from narrowgate.authoring.lint.interface import Found, LintRule, Look, lint_rules
from narrowgate.errors import PolicyInvalid
from narrowgate.model.lint import LintFinding, LintReport
from narrowgate.policy.vetting.finding import Finding, quoted


def lint(look: Look) -> LintReport:
    """Everything worth a second look in policies that have passed vetting, in the order of files and lines.

    Raises:
        PolicyInvalid: they do not pass it.
    """
    found = {(rule, each) for rule in lint_rules().values() for each in rule.check(look)}
    findings = sorted(
        (_finding(look, rule, each) for rule, each in found),
        key=lambda finding: (finding.file, finding.line, finding.rule, finding.message),
    )
    return LintReport(usable=True, on=look.on, findings=tuple(findings))


def _finding(look: Look, rule: LintRule, found: Found) -> LintFinding:
    return LintFinding(
        rule=rule.name,
        severity=rule.severity,
        file=found.at.file,
        line=found.at.line,
        message=found.message,
        remedy=found.remedy,
        quote=look.quote(found.at),
    )


def unusable(error: PolicyInvalid, on: date) -> LintReport:
    """What keeps policies from being used."""
    found = [Finding.parse(printed) for printed in error.findings or (error.message,)]
    findings = (
        LintFinding(
            rule=each.rule,
            severity="error",
            file=each.at.file,
            line=each.at.line,
            message=each.message,
            remedy=each.remedy,
            quote=quoted(each.at, error.folder),
        )
        for each in found
    )
    return LintReport(usable=False, on=on, findings=tuple(findings))
