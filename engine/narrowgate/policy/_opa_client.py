"""opa-python-client without its asynchronous half.

The package imports that half, and with it aiohttp, whether it is used or not, which takes as long again as all the
rest of it. See docs/adr/0003-start-up-time.md.
"""

import sys
from types import ModuleType
from typing import Any

_ASYNC = "opa_client.opa_async"

if _ASYNC in sys.modules:
    from opa_client.opa import OpaClient as _OpaClient
else:
    _empty: Any = ModuleType(_ASYNC)
    _empty.AsyncOpaClient = None
    sys.modules[_ASYNC] = _empty
    try:
        from opa_client.opa import OpaClient as _OpaClient
    finally:
        # Whoever else wants it gets the real one.
        del sys.modules[_ASYNC]

OpaClient: Any = _OpaClient
