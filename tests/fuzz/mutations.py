"""Broken copies of whole files: bytes, numbers, lines, nesting, and the members of archives."""

from __future__ import annotations

import io
import random
import re
import zipfile
from collections.abc import Callable, Sequence

__all__ = ["mutated"]

_NUMBER = re.compile(rb"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
_TEXT = re.compile(rb'"[^"\n]{0,40}"')
_NUMBERS = [
    *(b"0", b"-0", b"-1", b"1", b"2", b"0.5", b"255", b"65536", b"9999999", b"10000000", b"2147483648"),
    *(b"999999999999", b"9007199254740993", b"9223372036854775808", b"1" + b"0" * 400, b"9" * 5000, b"1e-320"),
    *(b"1e16", b"1e308", b"1e400", b"-1e400", b"NaN", b"nan", b"inf", b"-Infinity", b"true", b"null", b"[]", b"{}"),
    *(b'""', b"0x10", b"1_0"),
]
_TEXTS = [
    *(b'"\\ud800"', b'""', b"null", b"7", b"[1]", b'{"a": 1}', b'"' + b"x" * 3000 + b'"', b'"\\u0000"', b'"utf-7"'),
    *(b'"idna"', b'"punycode"', b'"unknown"', b'"utf-16"', b'"cp037"', b'"rot13"', b"true"),
]
_WORDS = [
    *(b"\xef\xbb\xbf", b"\xff\xfe", b"\0", b"\r", b"\n", b",", b'"', b"%(name)s", b"[", b"]" * 50, b"<a>"),
    *(b"<a>" * 3000, b"[" * 3000, b"[" * 200_000, b'{"a":' * 3000, b"- " * 2000, b"&a;", b"*a", b"&a [*a]", b"<<: *a"),
    *(b"<!DOCTYPE a [<!ENTITY b 'c'>]>", b"!!python/name:os.system ", b"\x80\x02.", b"\xed\xa0\x80"),
    *("é".encode(), "٣".encode()),
]
_ODD_DOUBLES = (b"\xff" * 8, b"\0" * 6 + b"\xf0\x7f", b"\0" * 6 + b"\xf8\x7f", b"\0" * 7 + b"\x80", b"\0" * 8)
_SHAPES = [f"'shape': {shape}".encode() for shape in ("()", "(0,)", "(1, 1)", "(7,)", "(99999999999,)")]
_TYPES = [
    f"'descr': '{name}'".encode() for name in ("<f8", "<i8", "|O", "<U4", "<M8[s]", "|b1", "<c16", "<f2", "|S8", "|V8")
]


def mutated(seeds: Sequence[bytes], draw: random.Random) -> bytes:
    """One of the seeds with one to four changes; an archive mostly inside of its members, so that it still opens."""
    content = draw.choice(seeds)
    if content[:2] == b"PK" and draw.random() < 0.8:
        return _repacked(content, draw)
    if content[8:10] == b'{"' and draw.random() < 0.8:
        return _other_header(content, draw)
    return _changed(content, seeds, draw)


def _changed(content: bytes, seeds: Sequence[bytes], draw: random.Random) -> bytes:
    for _ in range(draw.choice((1, 1, 1, 2, 2, 4))):
        content = draw.choice(_MUTATIONS)(content, draw)
        if draw.random() < 0.03:
            other = draw.choice(seeds)
            content = content[: draw.randrange(len(content) + 1)] + other[draw.randrange(len(other) + 1) :]
    return content


def _other_header(content: bytes, draw: random.Random) -> bytes:
    """A file of safetensors with changes in its header, mostly with the right length of it."""
    end = 8 + int.from_bytes(content[:8], "little")
    header = content[8:end]
    for _ in range(draw.randint(1, 3)):
        header = draw.choice(_MUTATIONS)(header, draw)
    length = len(header) if draw.random() < 0.9 else draw.choice((0, 1, 1 << 40, (1 << 64) - 1))
    return length.to_bytes(8, "little") + header + content[end:]


def _flip(content: bytes, draw: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(draw.randint(1, 4)):
        if changed:
            changed[draw.randrange(len(changed))] = draw.choice((0, 255, draw.randrange(256), 1 << draw.randrange(8)))
    return bytes(changed)


def _cut(content: bytes, draw: random.Random) -> bytes:
    return content[: draw.randrange(len(content) + 1)]


def _without(content: bytes, draw: random.Random) -> bytes:
    start = draw.randrange(len(content) + 1)
    return content[:start] + content[start + draw.randint(1, 20) :]


def _again(content: bytes, draw: random.Random) -> bytes:
    start = draw.randrange(len(content) + 1)
    part = content[start : start + draw.choice((1, 10, 100, 1000))]
    return content[:start] + part * draw.choice((2, 3, 50)) + content[start:]


def _insert(content: bytes, draw: random.Random) -> bytes:
    start = draw.randrange(len(content) + 1)
    return content[:start] + draw.choice(_WORDS) + content[start:]


def _swap(pattern: re.Pattern[bytes], values: Sequence[bytes]) -> Callable[[bytes, random.Random], bytes]:
    def swap(content: bytes, draw: random.Random) -> bytes:
        places = list(pattern.finditer(content[:100_000]))
        if not places:
            return _flip(content, draw)
        place = draw.choice(places)
        return content[: place.start()] + draw.choice(values) + content[place.end() :]

    return swap


def _lines(content: bytes, draw: random.Random) -> bytes:
    lines = content.split(b"\n")
    a, b = draw.randrange(len(lines)), draw.randrange(len(lines))
    lines[a], lines[b] = lines[b], lines[a]
    if draw.random() < 0.5:
        lines.insert(a, lines[b])
    return b"\n".join(lines)


_swap_number, _swap_text = _swap(_NUMBER, _NUMBERS), _swap(_TEXT, _TEXTS)
_MUTATIONS: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    *(_flip, _cut, _without, _again, _insert, _lines, _swap_text, _swap_text),
    *(_swap_number, _swap_number, _swap_number, _swap_number),
)


def _repacked(content: bytes, draw: random.Random) -> bytes:
    """The archive with a change in one member, or in how its members are kept."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    target = draw.choice(sorted(members))
    what = draw.random()
    if what < 0.1:
        del members[target]
    elif what < 0.2:
        members[target] = members[draw.choice(sorted(members))]
    elif members[target][:6] == b"\x93NUMPY" and what < 0.8:
        members[target] = _other_array(members[target], draw)
    else:
        members[target] = _changed(members[target], [*members.values()], draw)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", draw.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))) as archive:
        for name, member in members.items():
            archive.writestr(name, member)
    whole = packed.getvalue()
    if draw.random() < 0.1:  # another way of compression than there is
        whole = whole.replace(
            b"PK\x01\x02\x14\x03\x14\x00\x00\x00\x08\x00", b"PK\x01\x02\x14\x03\x14\x00\x00\x00\x63\x00"
        )
    return whole


def _other_array(content: bytes, draw: random.Random) -> bytes:
    """The bytes of an array whose header says another shape or type, or whose numbers are unusual."""
    header_end = content.index(b"\n") + 1
    header, values = content[:header_end], bytearray(content[header_end:])
    if draw.random() < 0.5 and values:
        start = 8 * draw.randrange(max(len(values) // 8, 1))
        values[start : start + 8] = draw.choice(_ODD_DOUBLES)
        return header + bytes(values)
    pattern, changes = draw.choice(((rb"'shape': \([^)]*\)", _SHAPES), (rb"'descr': '[^']*'", _TYPES)))
    changed = re.sub(pattern, draw.choice(changes).replace(b"\\", b"\\\\"), header, count=1)
    grown = len(changed) - len(header)
    if grown < 0:
        changed = changed[:-1] + b" " * -grown + b"\n"
    elif grown and changed.endswith(b" " * grown + b"\n"):
        changed = changed[: -grown - 1] + b"\n"
    return changed + bytes(values)
