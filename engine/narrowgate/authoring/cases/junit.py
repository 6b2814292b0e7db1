"""Results as JUnit XML, for machines that build and test."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from narrowgate.model.case_report import CaseReport, CaseResult, RegoReport

_NO_XML = re.compile(r"[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]")


def junit_xml(report: CaseReport) -> bytes:
    """``report`` as a document of test suites: one for each file of cases, and one for each of Rego tests."""
    root = Element("testsuites", name="narrowgate policy test")
    for file, results in groupby(report.cases, lambda result: result.file):
        _suite(root, file, [_case(result) for result in results])
    for file, cases in groupby(_rego_cases(report.rego), lambda pair: pair[0]):
        _suite(root, file, [case for _, case in cases])
    for count in ("tests", "failures", "errors"):
        root.set(count, str(sum(int(suite.get(count, "0")) for suite in root)))
    indent(root)
    document: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return document + b"\n"


def _suite(root: Element, name: str, cases: list[Element]) -> None:
    failures, errors = (sum(case.find(kind) is not None for case in cases) for kind in ("failure", "error"))
    counts = {"tests": str(len(cases)), "failures": str(failures), "errors": str(errors), "skipped": "0"}
    SubElement(root, "testsuite", {"name": name, **counts}).extend(cases)


def _case(result: CaseResult) -> Element:
    case = _element(result.purpose or "all purposes", result.name, result.file, result.line)
    if result.differences:
        lines = [line for each in result.differences for line in (str(each), *(f"  {quote}" for quote in each.rules))]
        _fault(case, "failure", str(result.differences[0]), "\n".join(lines))
    return case


def _rego_cases(rego: RegoReport | None) -> Iterator[tuple[str, Element]]:
    if rego is None:
        return
    if rego.error:
        case = _element("opa test", "opa test", "", 0)
        _fault(case, "error", rego.error.splitlines()[0], rego.error)
        yield "opa test", case
    for test in rego.tests:
        package, _, name = test.name.rpartition(".")
        case = _element(package, name, test.file, test.line)
        if not test.passed:
            _fault(case, "failure", test.message or "the test does not hold", f"{test.file}:{test.line}")
        yield test.file, case


def _element(classname: str, name: str, file: str, line: int) -> Element:
    place = {"file": file, "line": str(line)} if file else {}
    return Element("testcase", {"classname": _plain(classname), "name": _plain(name), "time": "0", **place})


def _fault(case: Element, kind: str, message: str, text: str) -> None:
    SubElement(case, kind, message=_plain(message), type=kind).text = _plain(text)


def _plain(text: str) -> str:
    """``text`` without the characters that XML does not have."""
    return _NO_XML.sub("\N{REPLACEMENT CHARACTER}", text)
