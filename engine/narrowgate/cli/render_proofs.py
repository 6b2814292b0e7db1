"""Presenting what was proven."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.text import Text

from narrowgate.cli.render import console, print_document
from narrowgate.model.actions import parse_action
from narrowgate.model.proof import Counterexample, CoveredPurpose, Proof, VerifyReport
from narrowgate.model.wording import counted


def print_proofs(report: VerifyReport, file: Path, as_json: bool) -> None:
    """What ``policy verify`` found.

    Args:
        file: the invariants'.
    """
    if as_json:
        print_document(report)
        return
    out = console()
    for proof in report.proofs:
        _print_proof(out, proof, proven=not report.unproven)
    for unproven in report.unproven:
        out.print(Text.assemble(("cannot be proven", "bold red"), f"  {unproven.purpose}"))
        for obstacle in unproven.obstacles:
            out.print(f"    {obstacle}", soft_wrap=True)
        out.print("  → compare values with constants and with each other, nothing else", style="dim", soft_wrap=True)
    for conflict in report.conflicts:
        out.print(Text.assemble(("conflict", "yellow"), f"  {conflict}; such requests are refused"), soft_wrap=True)
    out.print(f"{report.situations:,} situations of {counted(len(report.covered), 'purpose')} ({file}):")
    for covered in report.covered:
        out.print(f"  {covered.purpose}: {_product(covered)}", soft_wrap=True, style="dim")
    failed = [proof for proof in report.proofs if not proof.holds]
    if report.holds:
        out.print(Text.assemble((f"all {len(report.proofs)} invariants hold", "bold green")))
    elif failed:
        out.print(Text(f"{counted(len(failed), 'invariant')} of {len(report.proofs)} broken", style="bold red"))


def _print_proof(out: Console, proof: Proof, *, proven: bool) -> None:
    if proof.holds:
        said = ("proven", "green") if proven else ("holds elsewhere", "yellow")
        aside = (f"  (about nothing that can happen: see its when, {proof.file}:{proof.line})", "yellow")
        out.print(Text.assemble(said, f"  {proof.name}", aside if proof.about_nothing else ""), soft_wrap=True)
        return
    out.print(Text.assemble(("broken", "bold red"), f"  {proof.name}", (f"  {proof.file}:{proof.line}", "dim")))
    if found := proof.counterexample:
        out.print("  " + "; ".join(_told(found)), soft_wrap=True)
        for rule in found.rules:
            out.print(f"  by {rule.rule} ({rule})", soft_wrap=True)
        if proof.violations > 1:
            out.print(f"  and so for {proof.violations - 1} more of purpose and supplier")
        out.print("  as a case, for a cases.yaml of its own or under the keys of one that is there:", style="dim")
        for line in found.case.splitlines():
            out.print(Text(f"    {line}", style="cyan"), soft_wrap=True)


def _told(found: Counterexample) -> Iterator[str]:
    for field, document in found.leaves.items():
        action = parse_action(document)
        assert action is not None
        yield f"{field} leaves {action.describe()}"
    yield f"to {found.supplier} for {found.purpose} on {found.on} as {found.format}"
    yield from (f"{name} = {value}" for name, value in found.attributes.items())
    if found.row_count is not None:
        yield counted(found.row_count, "row")
    yield from (f"{name} = {number}" for name, number in found.given.items())
    if found.record:
        yield "of a record with " + ", ".join(f"{name} {value}" for name, value in found.record.items())


def _product(covered: CoveredPurpose) -> str:
    sizes = [f"{size} {name}" for name, size in covered.sizes.items() if size != 1]
    return f"{covered.situations:,} = " + " × ".join(sizes)
