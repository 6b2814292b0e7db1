"""Calls to elsewhere by HTTP."""

from __future__ import annotations

import urllib.request


def opener() -> urllib.request.OpenerDirector:
    """Opens HTTP addresses only, through no proxy, and goes nowhere else when told to."""
    made = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
    ):
        made.add_handler(handler)
    return made
