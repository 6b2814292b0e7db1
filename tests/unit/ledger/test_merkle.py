"""The Merkle tree: known answers, and a reference that works everything out from the leaves, as RFC 9162 defines it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.ledger import merkle
from narrowgate.ledger.merkle import Coordinate, MemoryTree

LARGEST = 130

# The leaves, roots and proofs that implementations of Certificate Transparency are tested with.
BODIES = [
    bytes.fromhex(each)
    for each in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = (
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
LEAF_1 = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"
NODE_2_3 = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
NODE_4_7 = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"
LEAF_4 = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"
NODE_4_5 = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"
NODE_6_7 = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"

LEAVES = [merkle.leaf_hash(bytes([number])) for number in range(LARGEST)]
TREE = MemoryTree.from_leaves(LEAVES)

indices = st.integers(1, LARGEST).flatmap(lambda size: st.tuples(st.integers(0, size - 1), st.just(size)))
sizes = st.integers(0, LARGEST).flatmap(lambda new: st.tuples(st.integers(0, new), st.just(new)))


# The reference: sections 2.1.1, 2.1.3.1 and 2.1.4.1, over the leaves from ``first`` to ``last``.


def split(first: int, last: int) -> int:
    part = 1
    while part * 2 < last - first:
        part *= 2
    return first + part


@cache
def mth(first: int, last: int) -> bytes:
    if first == last:
        return merkle.EMPTY_ROOT
    if last - first == 1:
        return LEAVES[first]
    middle = split(first, last)
    return merkle.node_hash(mth(first, middle), mth(middle, last))


def path(index: int, first: int, last: int) -> list[bytes]:
    if last - first == 1:
        return []
    middle = split(first, last)
    if index < middle:
        return [*path(index, first, middle), mth(middle, last)]
    return [*path(index, middle, last), mth(first, middle)]


def subproof(old: int, first: int, last: int, known: bool) -> list[bytes]:
    if old == last:
        return [] if known else [mth(first, last)]
    middle = split(first, last)
    if old <= middle:
        return [*subproof(old, first, middle, known), mth(middle, last)]
    return [*subproof(old, middle, last, False), mth(first, middle)]


def test_known_roots() -> None:
    tree = MemoryTree()
    for body, root in zip([*BODIES, b""], ROOTS, strict=True):
        assert tree.root().hex() == root
        tree.append(merkle.leaf_hash(body))
    assert [tree.root(size).hex() for size in range(9)] == list(ROOTS)


@pytest.mark.parametrize(
    ("index", "size", "proof"),
    [
        (0, 1, []),
        (0, 8, [LEAF_1, NODE_2_3, NODE_4_7]),
        (5, 8, [LEAF_4, NODE_6_7, ROOTS[4]]),
        (2, 3, [ROOTS[2]]),
        (4, 5, [ROOTS[4]]),
    ],
)
def test_known_proofs_of_inclusion(index: int, size: int, proof: list[str]) -> None:
    tree = MemoryTree.from_leaves(map(merkle.leaf_hash, BODIES))
    assert [each.hex() for each in merkle.inclusion_proof(index, size, tree.read)] == proof


@pytest.mark.parametrize(
    ("old", "new", "proof"),
    [
        (1, 1, []),
        (1, 8, [LEAF_1, NODE_2_3, NODE_4_7]),
        (6, 8, [NODE_4_5, NODE_6_7, ROOTS[4]]),
        (2, 5, [NODE_2_3, LEAF_4]),
        (4, 8, [NODE_4_7]),
        (0, 8, []),
    ],
)
def test_known_proofs_of_consistency(old: int, new: int, proof: list[str]) -> None:
    tree = MemoryTree.from_leaves(map(merkle.leaf_hash, BODIES))
    assert [each.hex() for each in merkle.consistency_proof(old, new, tree.read)] == proof


def test_trees_are_as_the_reference_has_them() -> None:
    grown = MemoryTree()
    for size in range(LARGEST):
        assert grown.size == size
        assert grown.root() == TREE.root(size) == MemoryTree.from_leaves(LEAVES[:size]).root() == mth(0, size)
        grown.append(LEAVES[size])


def test_proofs_are_as_the_reference_has_them() -> None:
    for size in range(1, LARGEST + 1):
        for index in range(size):
            proof = merkle.inclusion_proof(index, size, TREE.read)
            assert proof == path(index, 0, size)
            assert merkle.root_of_inclusion(LEAVES[index], index, size, proof) == mth(0, size)
        for old in range(1, size + 1):
            proof = merkle.consistency_proof(old, size, TREE.read)
            assert proof == subproof(old, 0, size, True)
            assert merkle.is_consistent(old, mth(0, old), size, mth(0, size), proof)


def test_each_function_reads_once() -> None:
    asked: list[Sequence[Coordinate]] = []

    def read(places: Sequence[Coordinate]) -> list[bytes]:
        asked.append(places)
        return TREE.read(places)

    merkle.root(77, read)
    merkle.inclusion_proof(13, 77, read)
    merkle.consistency_proof(13, 77, read)
    merkle.grown(77, LEAVES[77], read)
    assert len(asked) == 4
    assert all(len(set(places)) == len(places) for places in asked)


def test_what_grows_is_what_is_completed() -> None:
    for size in range(LARGEST):
        made = merkle.grown(size, LEAVES[size], TREE.read)
        assert made[0] == ((0, size), LEAVES[size])
        assert [level for (level, _), _ in made] == list(range(len(made)))
        for (level, number), digest in made:
            assert (number + 1) << level == size + 1
            assert digest == mth(number << level, size + 1)
        assert (size + 1) % (1 << len(made)) != 0


def altered(proof: list[bytes], data: st.DataObject) -> list[bytes]:
    """The proof with one thing wrong about it."""
    place = data.draw(st.integers(0, len(proof)))
    ways = ["more"] if place == len(proof) else ["more", "less", "bit", "short"]
    way = data.draw(st.sampled_from(ways))
    if way == "more":
        return [*proof[:place], data.draw(st.sampled_from(LEAVES)), *proof[place:]]
    if way == "less":
        return proof[:place] + proof[place + 1 :]
    if way == "short":
        return [*proof[:place], proof[place][:-1], *proof[place + 1 :]]
    byte = data.draw(st.integers(0, 31))
    digest = bytearray(proof[place])
    digest[byte] ^= 1 << data.draw(st.integers(0, 7))
    return [*proof[:place], bytes(digest), *proof[place + 1 :]]


@given(indices, st.data())
def test_altered_proofs_of_inclusion_lead_elsewhere(where: tuple[int, int], data: st.DataObject) -> None:
    index, size = where
    proof = altered(path(index, 0, size), data)
    assert merkle.root_of_inclusion(LEAVES[index], index, size, proof) != mth(0, size)


@given(indices, st.data())
def test_proofs_of_inclusion_are_of_one_leaf(where: tuple[int, int], data: st.DataObject) -> None:
    index, size = where
    other = data.draw(st.integers(-1, size).filter(lambda each: each != index))
    leaf = data.draw(st.sampled_from([LEAVES[index], LEAVES[other % LARGEST]]))
    assert merkle.root_of_inclusion(leaf, other, size, path(index, 0, size)) != mth(0, size)


@given(sizes, st.data())
def test_altered_proofs_of_consistency_are_none(which: tuple[int, int], data: st.DataObject) -> None:
    old, new = which
    proof = altered(subproof(old, 0, new, True) if old else [], data)
    assert not merkle.is_consistent(old, mth(0, old), new, mth(0, new), proof)


@given(sizes, st.booleans())
def test_proofs_of_consistency_are_of_two_roots(which: tuple[int, int], older: bool) -> None:
    old, new = which
    proof = subproof(old, 0, new, True) if old else []
    forged = merkle.leaf_hash(b"forged")
    assert merkle.is_consistent(old, mth(0, old), new, mth(0, new), proof)
    if older:
        assert not merkle.is_consistent(old, forged, new, mth(0, new), proof)
    else:
        # Anything begins with an empty tree, but for an empty tree that is none.
        assert merkle.is_consistent(old, mth(0, old), new, forged, proof) == (old == 0 < new)


def test_trees_do_not_shrink() -> None:
    assert not merkle.is_consistent(3, mth(0, 3), 2, mth(0, 2), [])
    assert not merkle.is_consistent(-1, mth(0, 0), 2, mth(0, 2), [])
    with pytest.raises(ValueError, match="does not begin with"):
        merkle.consistency_proof(3, 2, TREE.read)


@pytest.mark.parametrize("index", [-1, 5])
def test_there_is_no_such_leaf(index: int) -> None:
    with pytest.raises(ValueError, match="has no leaf"):
        merkle.inclusion_proof(index, 5, TREE.read)
    assert merkle.root_of_inclusion(LEAVES[0], index, 5, path(4, 0, 5)) is None
