"""Panics of libraries in Rust: typed, and silent."""

from __future__ import annotations

import os

import polars as pl
import pytest

from narrowgate.native import Panic, quietly


class PanicException(BaseException):
    """What libraries in Rust raise."""


def test_a_panic_says_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    def panic() -> None:
        os.write(2, b"thread panicked at Kestrelby")
        raise PanicException

    with pytest.raises(Panic), quietly():
        panic()
    assert capfd.readouterr().err == ""


def test_what_else_is_said_is_passed_on(capfd: pytest.CaptureFixture[str]) -> None:
    with quietly(), quietly():
        os.write(2, b"50 %")
    assert capfd.readouterr().err == "50 %"
    with pytest.raises(pl.exceptions.PolarsError), quietly():
        pl.DataFrame({"a": [1]}).select("b")


def test_other_errors_are_let_through() -> None:
    with pytest.raises(KeyboardInterrupt), quietly():
        raise KeyboardInterrupt
