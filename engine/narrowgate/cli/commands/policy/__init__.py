"""``narrowgate policy``."""

from __future__ import annotations

import typer

from narrowgate.cli.commands.policy.bundle import bundle_command
from narrowgate.cli.commands.policy.diff import diff_command
from narrowgate.cli.commands.policy.lint import lint_command
from narrowgate.cli.commands.policy.matrix import matrix_command
from narrowgate.cli.commands.policy.new import new_command
from narrowgate.cli.commands.policy.test import run_tests_command
from narrowgate.cli.commands.policy.verify import verify_command

app = typer.Typer(help="For policy authors.", no_args_is_help=True)
app.command("new")(new_command)
app.command("test")(run_tests_command)
app.command("lint")(lint_command)
app.command("matrix")(matrix_command)
app.command("verify")(verify_command)
app.command("diff")(diff_command)
app.command("bundle")(bundle_command)
