"""``python -m narrowgate``."""

from narrowgate.cli import main

main()
