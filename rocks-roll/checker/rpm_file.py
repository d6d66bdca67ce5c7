# SPDX-License-Identifier: BSD-3-Clause
"""Reads RPM files: header, requirements, and the files of the payload. Every length comes from the file and is checked."""
from __future__ import annotations

import bz2
import dataclasses
import lzma
import struct
import zlib
from collections.abc import Iterator
from typing import Union

LEAD_BYTES = 96
LEAD_MAGIC, HEADER_MAGIC = b"\xed\xab\xee\xdb", b"\x8e\xad\xe8\x01"
LARGEST_HEADER = 64 << 20
LARGEST_PAYLOAD = 2 << 30
NAME, VERSION, RELEASE, BUILD_TIME, ARCH = 1000, 1001, 1002, 1006, 1022
REQUIRE_FLAGS, REQUIRE_NAME, REQUIRE_VERSION, PROVIDE_NAME = 1048, 1049, 1050, 1047
PREFIXES, PAYLOAD_FORMAT, PAYLOAD_COMPRESSOR = 1098, 1124, 1125
CPIO_HEADER = 110


class RpmError(Exception):
    pass


@dataclasses.dataclass(frozen=True)
class PackedFile:
    path: str  # absolute
    mode: int
    data: bytes


Value = Union[list[str], list[int]]


def read_header(data: bytes, offset: int) -> tuple[dict[int, Value], int]:
    """Tags of a header structure, and where it ends."""
    if data[offset:offset + 4] != HEADER_MAGIC:
        raise RpmError("no RPM header where one should be")
    if len(data) < offset + 16:
        raise RpmError("cut in its header")
    count, size = struct.unpack_from(">II", data, offset + 8)
    index, store = offset + 16, offset + 16 + 16 * count
    if count > LARGEST_HEADER // 16 or size > LARGEST_HEADER or store + size > len(data):
        raise RpmError("cut in its header")
    body = data[store:store + size]
    tags: dict[int, Value] = {}
    for i in range(count):
        tag, kind, where, number = struct.unpack_from(">IIII", data, index + 16 * i)
        value = read_value(body, kind, where, number)
        if value is not None:
            tags[tag] = value
    return tags, store + size


def read_value(body: bytes, kind: int, where: int, number: int) -> Value | None:
    if where > len(body) or number > len(body):
        raise RpmError("a value of its header lies outside")
    if kind in (6, 8, 9):
        texts = []
        for _ in range(1 if kind == 6 else number):
            end = body.find(b"\0", where)
            if end < 0:
                raise RpmError("a text of its header has no end")
            texts.append(body[where:end].decode("utf-8", "replace"))
            where = end + 1
        return texts
    form = {2: "B", 3: "H", 4: "I", 5: "Q"}.get(kind)
    if form is None:
        return None
    if where + number * struct.calcsize(form) > len(body):
        raise RpmError("a value of its header lies outside")
    return list(struct.unpack_from(f">{number}{form}", body, where))


class RpmFile:
    def __init__(self, data: bytes) -> None:
        if data[:4] != LEAD_MAGIC or len(data) < LEAD_BYTES:
            raise RpmError("no RPM file")
        _, end = read_header(data, LEAD_BYTES)
        end += -(end - LEAD_BYTES) % 8
        self.tags, payload = read_header(data, end)
        self._packed = data[payload:]
        for tag in (NAME, VERSION, RELEASE, ARCH):
            if not self.tags.get(tag):
                raise RpmError("its header lacks a name, version, release or architecture")

    def texts(self, tag: int) -> list[str]:
        return [str(v) for v in self.tags.get(tag, [])]

    def first(self, tag: int) -> str:
        return (self.texts(tag) or [""])[0]

    @property
    def name(self) -> str:
        return self.first(NAME)

    @property
    def full_name(self) -> str:
        return f"{self.first(NAME)}-{self.first(VERSION)}-{self.first(RELEASE)}.{self.first(ARCH)}"

    @property
    def compressor(self) -> str:
        return self.first(PAYLOAD_COMPRESSOR) or "gzip"

    @property
    def build_time(self) -> int:
        return int(self.first(BUILD_TIME) or 0)

    @property
    def prefixes(self) -> list[str]:
        return self.texts(PREFIXES)

    @property
    def requirements(self) -> list[str]:
        return self.texts(REQUIRE_NAME)

    def files(self) -> Iterator[PackedFile]:
        data = self._unpacked()
        at = 0
        while True:
            if data[at:at + 6] not in (b"070701", b"070702") or at + CPIO_HEADER > len(data):
                raise RpmError("its payload is no cpio archive, or is cut")
            fields = [int(data[at + 6 + 8 * i:at + 14 + 8 * i], 16) for i in range(13)]
            mode, size, name_size = fields[1], fields[6], fields[11]
            name_at = at + CPIO_HEADER
            body_at = name_at + name_size + -(name_at + name_size) % 4
            name = data[name_at:name_at + name_size - 1].decode("utf-8", "replace")
            if name == "TRAILER!!!":
                return
            if body_at + size > len(data):
                raise RpmError("its payload is cut")
            yield PackedFile("/" + name.removeprefix("./").lstrip("/"), mode, data[body_at:body_at + size])
            at = body_at + size + -(body_at + size) % 4

    def _unpacked(self) -> bytes:
        try:
            if self.compressor == "gzip":
                data = zlib.decompressobj(31).decompress(self._packed, LARGEST_PAYLOAD)
            elif self.compressor in ("xz", "lzma"):
                data = lzma.decompress(self._packed)
            elif self.compressor == "bzip2":
                data = bz2.decompress(self._packed)
            else:
                raise RpmError(f"payload {self.compressor}")
        except (zlib.error, lzma.LZMAError, OSError, ValueError) as error:
            raise RpmError(f"its payload cannot be unpacked: {error}") from None
        return data
