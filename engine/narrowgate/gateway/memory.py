"""Memory that is no longer needed."""

from __future__ import annotations

import ctypes


def give_back() -> None:
    """Let the operating system have what the C library keeps for later: after a large export that is much."""
    # glibc's alone; other C libraries keep less.
    if trim := getattr(ctypes.CDLL(None), "malloc_trim", None):
        trim(0)
