"""Write ``docs/gateway/problems.md``: every problem that the gateway tells of, from the tree of errors."""

from collections.abc import Iterator
from pathlib import Path

from narrowgate.errors import NarrowgateError
from narrowgate.gateway.problems import TYPE, status_of_kind

PAGE = Path(__file__).parents[1] / "docs" / "gateway" / "problems.md"
_HEAD = f"""# Problems

What goes wrong is told as a problem document (RFC 9457), `application/problem+json`:

| member | |
|---|---|
| `type` | `{TYPE}` and a name below. Names stay what they are; programs go by them |
| `title` | the same in words |
| `status` | the HTTP status, again |
| `detail` | what happened, in one line |
| `remedy` | what to do next |
| `instance` | `urn:uuid:` and the id of the call, which the answer's `X-Request-Id` and the log have, too |
| `reasons` | of `refused`: one line for each ground |
| `findings` | of `policy-invalid`: one line for each fault |

None of it quotes a value of an export, a query or a path. `Retry-After` says in how many seconds to ask again, where
that is known.

| name | status | what it says |
|---|---|---|
"""


def _kinds(of: type[NarrowgateError]) -> Iterator[type[NarrowgateError]]:
    yield of
    for each in of.__subclasses__():
        # Others are of a kind that is here.
        if each.__module__ == NarrowgateError.__module__:
            yield from _kinds(each)


def page() -> str:
    """The page."""
    by_name = {each.kind: each for each in _kinds(NarrowgateError)}
    lines = sorted((status_of_kind(each), name, _said(each)) for name, each in by_name.items())
    return _HEAD + "".join(f"| `{name}` | {status} | {said} |\n" for status, name, said in lines)


def _said(kind: type[NarrowgateError]) -> str:
    """The first line of its docstring, without the full stop, and without what only code is told."""
    return (kind.__doc__ or "").partition("\n")[0].partition(". ``")[0].removesuffix(".")


if __name__ == "__main__":
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")
