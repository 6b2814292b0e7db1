"""Packages of Office Open XML (ECMA-376 part 2, Open Packaging Conventions): parts, their kinds, what leads to them."""

from __future__ import annotations

import posixpath
import re
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote

from narrowgate.errors import DataError
from narrowgate.inspection.archive import Archive, Member
from narrowgate.inspection.markup import Attributes, Markup, local, unsound, walk
from narrowgate.inspection.ooxml import kinds

LARGEST_INDEX = 64 << 20
"""Bytes of the content types, or of one part's relationships."""
_TYPES = "[content_types].xml"
_DECLARATION = re.compile(rb"(?:\xef\xbb\xbf)?<\?xml\s")


@dataclass(frozen=True)
class Relationship:
    """What one part says of another."""

    id: str
    type: str
    target: str
    """Name of a part, in lower case; empty for what lies outside."""
    external: bool

    @property
    def kind(self) -> str | None:
        """What it leads to."""
        return kinds.of_relationship(self.type)

    @property
    def step(self) -> str:
        """Last step of its type."""
        return self.type.rpartition("/")[2].lower()


@dataclass
class Part:
    """A part, with all that is known of it without opening it."""

    member: Member
    name: str
    """In lower case, as names are compared without case (part 2 §6.2.2.3)."""
    content_type: str
    kinds: set[str] = field(default_factory=set)
    """By its content type and by the relationships that lead to it."""
    reached: bool = False

    @property
    def place(self) -> str:
        """How findings name it."""
        name = self.member.name
        return name if kinds.is_standard(name) else f"part {self.member.number}"

    @property
    def is_xml(self) -> bool:
        """Whether it should hold XML."""
        return self.content_type.endswith(("xml", "vmldrawing"))


class Package:
    """The parts of a package.

    Raises:
        DataError: its content types or its first relationships cannot be followed.
    """

    def __init__(self, archive: Archive) -> None:
        self.archive = archive
        self.remarks: Counter[str] = Counter()
        """Comments and processing instructions in the XML parts read to their ends."""
        self.read: set[str] = set()
        """Parts that were read to their ends."""
        self.broken: set[str] = set()
        """Parts that could not be followed."""
        self._types: dict[str, str] = {}
        self._defaults: dict[str, str] = {}
        members = {member.name.lower(): member for member in archive.members if not member.is_folder}
        self._rels = {name: member for name, member in members.items() if name.endswith(".rels")}
        self.types_member = members.pop(_TYPES, None)
        self._read_types()
        self._relationships: dict[str, tuple[Relationship, ...]] = {}
        self.parts = {name: self._part(name, member) for name, member in members.items() if name not in self._rels}

    def part(self, name: str) -> Part | None:
        """The part called ``name``, of whatever case."""
        return self.parts.get(name.lower().lstrip("/"))

    def workbook(self) -> Part | None:
        """The part that the package is about."""
        for each in self.relationships(""):
            if each.kind == "workbook":
                return self.parts.get(each.target)
        return next((part for part in self.parts.values() if "workbook" in part.kinds), None)

    def relationships(self, name: str) -> tuple[Relationship, ...]:
        """Those of a part, or of the package for an empty name.

        Raises:
            DataError: they are not sound.
        """
        if name not in self._relationships:
            member = self._rels.get(_rels_of(name))
            self._relationships[name] = self._read_relationships(posixpath.dirname(name), member) if member else ()
        return self._relationships[name]

    def targets(self, part: Part, kind: str) -> list[Part]:
        """Parts of a kind to which ``part`` leads."""
        found = [self.parts.get(each.target) for each in self.relationships(part.name) if each.kind == kind]
        return [each for each in found if each]

    def reach(self) -> None:
        """Note of each part whether relationships lead to it, and as what."""
        waiting = deque([""])
        while waiting:
            name = waiting.popleft()
            try:
                leading = self.relationships(name)
            except DataError:
                self.broken.add(name)
                continue
            for each in leading:
                part = self.parts.get(each.target)
                if part is None or each.external:
                    continue
                if each.kind:
                    part.kinds.add(each.kind)
                if not part.reached:
                    part.reached = True
                    waiting.append(part.name)

    def loose_relationships(self) -> int:
        """How many relationship parts belong to no part."""
        owners = {_rels_of(name) for name in self.parts}
        return len(self._rels.keys() - owners - {_rels_of("")})

    def blocks(self, part: Part) -> Iterator[bytes]:
        """What a part holds, piece by piece.

        Raises:
            DataError: it does not unpack to what its headers say.
        """
        tail, remarks = b"", 0
        for block in self.archive.blocks(part.member):
            if part.is_xml:
                remarks += _remarks(tail, block)
                tail = (tail + block[-3:])[-3:]
            yield block
        self.read.add(part.name)
        if part.is_xml:
            self.remarks[part.name] = remarks

    def _part(self, name: str, member: Member) -> Part:
        content_type = self._types.get(name) or self._defaults.get(name.rpartition(".")[2], "")
        kind = kinds.of_content_type(content_type)
        return Part(member, name, content_type, {kind} if kind else set())

    def _read_types(self) -> None:
        def start(element: str, attributes: Attributes) -> None:
            content_type = attributes.get("ContentType", "").strip().lower()
            if local(element) == "Default":
                self._defaults[attributes.get("Extension", "").lower().lstrip(".")] = content_type
            elif local(element) == "Override":
                self._types[_resolved("", "/" + attributes.get("PartName", "").lstrip("/\\"))] = content_type

        if self.types_member is None:
            raise DataError("the package does not say what its parts are", "save it anew in the program that made it")
        try:
            walk([self.archive.read(self.types_member, LARGEST_INDEX)], start)
        except Markup as error:
            raise unsound("[Content_Types].xml", error) from error

    def _read_relationships(self, folder: str, member: Member) -> tuple[Relationship, ...]:
        found: list[Relationship] = []

        def start(element: str, attributes: Attributes) -> None:
            if local(element) != "Relationship":
                return
            external = attributes.get("TargetMode", "").lower() == "external"
            target = "" if external else self._existing(folder, attributes.get("Target", ""))
            found.append(Relationship(attributes.get("Id", ""), attributes.get("Type", ""), target, external))

        try:
            walk([self.archive.read(member, LARGEST_INDEX)], start)
        except Markup as error:
            raise unsound(f"part {member.number}", error) from error
        return tuple(found)

    def _existing(self, folder: str, target: str) -> str:
        """The part that ``target`` names, seen from ``folder``, with escapes or without."""
        plain = _resolved(folder, target)
        return plain if plain in self.parts else _resolved(folder, unquote(target))


def _rels_of(name: str) -> str:
    """The name of the part with a part's relationships (part 2 §6.5.2.3)."""
    return posixpath.join(posixpath.dirname(name), "_rels", posixpath.basename(name) + ".rels")


def _resolved(folder: str, target: str) -> str:
    """The name of a part, in lower case and from the root (part 2 §8.3.4)."""
    path = target.split("#")[0].replace("\\", "/")
    whole = path if path.startswith("/") else posixpath.join("/", folder, path)
    return posixpath.normpath(whole).lstrip("/").lower()


def _remarks(tail: bytes, block: bytes) -> int:
    """How many comments and processing instructions begin in a block, or in the end of the one before and in it."""
    if b"!" not in block and b"?" not in block:
        return 0
    text = tail + block
    declared = not tail and _DECLARATION.match(text) is not None
    seen = tail.count(b"<?")
    return text.count(b"<!--") + text.count(b"<?") - declared - seen
