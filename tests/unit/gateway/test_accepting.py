"""Which form of an answer a caller would rather have."""

from __future__ import annotations

import pytest

from narrowgate.gateway.accepting import preferred

OFFERED = ("application/json", "text/csv", "text/markdown")


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        (None, "application/json"),
        ("", "application/json"),
        ("*/*", "application/json"),
        ("text/csv", "text/csv"),
        ("TEXT/CSV; header=present", "text/csv"),
        ("text/*", "text/csv"),
        ("text/*, application/json", "application/json"),
        ("text/*;q=0.2, text/markdown;q=0.9, */*;q=0.1", "text/markdown"),
        ("application/json;q=0, */*", "text/csv"),
        ("text/csv;q=0.5, application/json;q=0.4", "text/csv"),
        ("image/png", "application/json"),
        ("text/csv;q=nonsense, text/markdown;q=0.1", "text/markdown"),
        (",;=,q", "application/json"),
    ],
)
def test_the_one_that_is_liked_best(accept: str | None, form: str) -> None:
    assert preferred(accept, OFFERED) == form
