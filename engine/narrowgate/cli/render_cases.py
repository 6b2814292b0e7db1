"""Presenting what ``policy test`` found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from rich.console import Console
from rich.text import Text

from narrowgate.cli.render import console
from narrowgate.model.case_report import CaseReport, CaseResult, Difference, RegoReport
from narrowgate.model.coverage import Coverage, CoverageItem, LineCoverage
from narrowgate.model.wording import counted

_MOST_SITUATIONS = 3


def print_cases(report: CaseReport) -> None:
    """What differs, and how much was tried."""
    out = console()
    for result in report.cases:
        if not result.passed:
            _print_result(out, result)
    tried = f" ({counted(report.situations, 'situation')})" if report.situations > len(report.cases) else ""
    out.print(Text(f"cases: {report.passed}{tried} as expected, {report.failed} not"))
    if report.rego is not None:
        _print_rego(out, report.rego)
    if report.coverage is not None:
        _print_coverage(out, report.coverage)


def _print_result(out: Console, result: CaseResult) -> None:
    out.print(Text.assemble(("✗ ", "bold red"), result.title, (f"  {result.file}:{result.line}", "dim")))
    for difference in result.differences:
        out.print(Text(f"    {difference}"), soft_wrap=True)
        if difference.situations:
            out.print(Text(f"      {_where(difference)}", style="dim"), soft_wrap=True)
        for quote in difference.rules:
            out.print(Text(f"      {quote}", style="dim"), soft_wrap=True)


def _where(difference: Difference) -> str:
    shown, more = difference.situations[:_MOST_SITUATIONS], len(difference.situations) - _MOST_SITUATIONS
    return f"for {' · '.join(shown)}{f' and {more} more' if more > 0 else ''}"


def _print_rego(out: Console, rego: RegoReport) -> None:
    if rego.error:
        out.print(Text(f"opa test: {rego.error}", style="red"), soft_wrap=True)
        return
    failures = list(rego.failures())
    for test in failures:
        said = f": {test.message}" if test.message else ""
        line = (f"{test.name}  ", ""), (f"{test.file}:{test.line}", "dim"), said
        out.print(Text.assemble(("✗ ", "bold red"), *line), soft_wrap=True)
    passed, all_ = len(rego.tests) - len(failures), len(rego.tests)
    verdict = "no tests" if not all_ else f"FAIL: {len(failures)}/{all_}" if failures else f"PASS: {passed}/{all_}"
    out.print(Text(f"opa test: {verdict}"))


def _print_coverage(out: Console, coverage: Coverage) -> None:
    for line in _missing(list(coverage.missing())):
        out.print(line, soft_wrap=True)
    of = f"{coverage.exercised:,} of {len(coverage.items):,}"
    out.print(Text.assemble("coverage of cases: ", (f"{coverage.percentage:g} %", "bold"), f" ({of})"))
    if coverage.lines:
        covered, all_ = sum(each.covered for each in coverage.lines), sum(each.of for each in coverage.lines)
        share = int(1000 * covered / all_) / 10 if all_ else 100.0
        out.print(Text(f"lines that the Rego tests run: {share:g} % ({covered:,} of {all_:,})"))
        for each in coverage.lines:
            if each.not_covered:
                out.print(Text(f"  {each.file}: not {_spans(each)}", style="dim"), soft_wrap=True)


def _missing(items: Sequence[CoverageItem]) -> Iterator[Text]:
    """A line for each; those of one place and kind together."""
    for (file, line, kind), group in groupby(items, lambda item: (item.file, item.line, item.kind)):
        same = list(group)
        if kind == "field":
            what = f"no case holds {', '.join(item.what for item in same)}: a permit added there would go unseen"
            yield Text.assemble(("○ ", "yellow"), (f"{file}:{line}: ", "dim"), what)
            continue
        who = "no case tries" if same[0].purpose else "no case and no Rego test tries"
        for item in same:
            yield Text.assemble(("○ ", "yellow"), (f"{file}:{line}: ", "dim"), f"{who} {item.what}")


def _spans(lines: LineCoverage) -> str:
    """``7, 12 to 15``."""
    spans: list[list[int]] = []
    for number in lines.not_covered:
        if spans and number == spans[-1][1] + 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return ", ".join(str(first) if first == last else f"{first} to {last}" for first, last in spans)
