# SPDX-License-Identifier: BSD-3-Clause
"""Reads a disk as it is mounted: ISO 9660 with the names and modes of Rock Ridge."""
from __future__ import annotations

import dataclasses
import struct

SECTOR = 2048
FIRST_DESCRIPTOR = 16
LARGEST_DIRECTORY = 16 << 20
DEEPEST = 32


class IsoError(Exception):
    pass


@dataclasses.dataclass(frozen=True)
class Entry:
    path: str  # below the root, without a slash before it
    is_directory: bool
    is_link: bool
    mode: int  # permissions; -1 without Rock Ridge
    at: int
    size: int


class Iso:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self.volume = ""
        self.bootable = False
        self.rock_ridge = False
        self._skip = 0
        root = self._descriptors()
        self.entries: dict[str, Entry] = {}
        self._walk(root[0], root[1], "", 0)

    def read(self, entry: Entry) -> bytes:
        return self._bytes(entry.at, entry.size)

    def _bytes(self, at: int, size: int) -> bytes:
        if at < 0 or size < 0 or at + size > len(self._data):
            raise IsoError("a file lies behind the end of the disk")
        return self._data[at:at + size]

    def _descriptors(self) -> tuple[int, int]:
        root = None
        for number in range(FIRST_DESCRIPTOR, FIRST_DESCRIPTOR + 64):
            sector = self._data[number * SECTOR:(number + 1) * SECTOR]
            if len(sector) < SECTOR or sector[1:6] != b"CD001":
                raise IsoError("no ISO 9660 file system")
            if sector[0] == 255:
                break
            if sector[0] == 0:
                self.bootable = True
            elif sector[0] == 1:
                self.volume = sector[40:72].decode("ascii", "replace").strip()
                root = struct.unpack_from("<I", sector, 158)[0], struct.unpack_from("<I", sector, 166)[0]
        if root is None:
            raise IsoError("no volume on the disk")
        return root

    def _walk(self, sector: int, size: int, path: str, depth: int) -> None:
        if depth > DEEPEST or size > LARGEST_DIRECTORY:
            raise IsoError("directories are deeper or larger than any roll's")
        data = self._bytes(sector * SECTOR, size)
        at = 0
        while at < len(data):
            length = data[at]
            if length == 0:  # the rest of the sector is empty
                at += SECTOR - at % SECTOR
                continue
            record = data[at:at + length]
            at += length
            if length < 34 or len(record) < length:
                raise IsoError("a damaged directory")
            self._entry(record, path, depth)

    def _entry(self, record: bytes, path: str, depth: int) -> None:
        where, = struct.unpack_from("<I", record, 2)
        size, = struct.unpack_from("<I", record, 10)
        name = record[33:33 + record[32]]
        area = record[33 + record[32] + (record[32] + 1) % 2:]
        if name in (b"\0", b"\1"):
            if name == b"\0" and not path and depth == 0:
                self._look_for_rock_ridge(area)
            return
        text, mode = self._rock_ridge(area) if self.rock_ridge else ("", -1)
        text = text or name.decode("ascii", "replace").split(";")[0].rstrip(".")
        if "/" in text or text in ("", ".", ".."):
            raise IsoError("a file whose name is none")
        full = f"{path}/{text}" if path else text
        if size and where * SECTOR + size > len(self._data):
            raise IsoError(f"/{full} lies behind the end of the disk")
        folder = bool(record[25] & 2)
        kind = mode & 0o170000 if mode >= 0 else 0
        self.entries[full] = Entry(full, folder, kind == 0o120000, mode & 0o7777 if mode >= 0 else -1, where * SECTOR, size)
        if folder:
            self._walk(where, size, full, depth + 1)

    def _look_for_rock_ridge(self, area: bytes) -> None:
        if area[:2] == b"SP" and len(area) >= 7:
            self._skip = area[6]
            self.rock_ridge = any(s == b"ER" and (b"RRIP_1991A" in d or b"IEEE_" in d) for s, d in self._fields(area, 0))

    def _rock_ridge(self, area: bytes) -> tuple[str, int]:
        name, mode = b"", -1
        for signature, data in self._fields(area, self._skip):
            if signature == b"NM" and len(data) > 1:
                name += data[1:]
            elif signature == b"PX" and len(data) >= 4:
                mode, = struct.unpack_from("<I", data)
        return name.decode("utf-8", "replace"), mode

    def _fields(self, area: bytes, at: int) -> list[tuple[bytes, bytes]]:
        """Signature and data of each; with the areas that they go on in."""
        found: list[tuple[bytes, bytes]] = []
        for _ in range(64):  # continuations
            following = None
            while at + 4 <= len(area):
                length = area[at + 2]
                if length < 4 or at + length > len(area):
                    break
                signature, data = area[at:at + 2], area[at + 4:at + length]
                if signature == b"ST":
                    break
                if signature == b"CE" and len(data) >= 24:
                    sector, offset, size = (struct.unpack_from("<I", data, i)[0] for i in (0, 8, 16))
                    following = self._bytes(sector * SECTOR + offset, size)
                else:
                    found.append((signature, data))
                at += length
            if following is None:
                break
            area, at = following, 0
        return found
