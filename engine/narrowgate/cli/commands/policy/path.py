"""The argument that commands on a folder of policies share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

PolicyPath = Annotated[
    Path | None, typer.Argument(metavar="[DIR]", help="Folder of policies. Default: --policies.", show_default=False)
]
