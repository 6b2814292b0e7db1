from __future__ import annotations

from xml.etree import ElementTree

from narrowgate.authoring.cases.junit import junit_xml
from narrowgate.model.case_report import CaseReport, CaseResult, Difference


def test_whatever_a_policy_says_is_xml() -> None:
    odd = Difference(about="a < b & c", expected="\x00\x1b[0m", actual="“x” \ufffe \U0001f600")
    result = CaseResult(file="cases.yaml", line=3, purpose="", name='a "b" <c>\x07', differences=(odd,))
    document = junit_xml(CaseReport(passed=0, failed=1, situations=1, cases=(result,)))
    (case,) = ElementTree.fromstring(document).iter("testcase")
    assert case.get("classname") == "all purposes"
    assert case.get("name") == 'a "b" <c>\N{REPLACEMENT CHARACTER}'
    failure = case.find("failure")
    assert failure is not None
    assert failure.text == failure.get("message")
    assert "\U0001f600" in str(failure.text)
