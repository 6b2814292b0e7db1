"""How a gate is made, as often as need be."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from narrowgate.keeping.copy import Copy, take_copy
from narrowgate.keeping.proving import require_proven
from narrowgate.keeping.seen import Seen, look
from narrowgate.model.catalogue import Catalogue, load_catalogue
from narrowgate.policy.interface import Engine
from narrowgate.policy.open import Opening
from narrowgate.service import Gate


@dataclass(frozen=True)
class Makings:
    """What a gate is made of."""

    policies: Path | None
    """A folder or a bundle file; None where a shared OPA brings its own."""
    schemas: Path
    launch: Callable[[Path | None, Path], Opening]
    """Launches what decides by policies, with the schemas that they are checked by."""
    gate: Callable[[Engine, Catalogue], Gate]
    """A gate with all else that it needs."""
    proving: bool = True
    """Whether policies that have changed must pass their own cases and tests."""

    def look(self) -> Seen:
        """The files that it depends on, as far as can be told without reading them."""
        return look(self.policies, self.schemas)

    def copy(self) -> Copy:
        """The files that it depends on."""
        return take_copy(self.policies, self.schemas)

    def make(self, copy: Copy, proving: bool) -> Gate:
        """A gate over the policies in ``copy``, which have been vetted.

        A private OPA is tied to the thread that calls this, and ends with it.

        Args:
            copy: what decides.
            proving: whether to try their cases and tests as well. A bundle file carries none.

        Raises:
            NarrowgateError: they cannot be used; nothing is left running.
        """
        with copy.unpacked() as (policies, schemas), ExitStack() as on_failure:
            # The catalogue first: where it is at fault there is nothing to end.
            catalogue = load_catalogue(schemas)
            engine = self.launch(policies, schemas)(catalogue)
            on_failure.callback(engine.close)
            engine.policies  # noqa: B018 - vetted before anybody is decided about
            gate = self.gate(engine, catalogue)
            if proving and policies is not None and policies.is_dir():
                require_proven(gate, policies)
            on_failure.pop_all()
        return gate
