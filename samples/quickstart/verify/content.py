# SPDX-License-Identifier: Apache-2.0
"""The bytes of a changed file as a list of pieces: ranges of the source, written bytes, zeros. Never held whole in memory."""

import hashlib
import os

from manifest import VerifierError
from paths import open_file, show
from walk import BLOCK, update_zeros

_CHUNK = 1 << 20


class Content:
    """Bytes of one file. A piece is (length, source offset or None, bytes or None); neither means zeros."""

    def __init__(self, size, extents=None, source=None):
        """All of a source file (`extents` None when it has no holes), or with size 0 an empty new file."""
        self._source = source
        self._extents = [[0, size]] if extents is None else extents
        self._pieces = [(size, 0, None)] if size else []
        self.size = size

    def write(self, offset, data):
        """As pwrite: in place, appends at the end, leaves a hole beyond it."""
        if not data:
            return
        if offset > self.size:
            self.truncate(offset)
        end = offset + len(data)
        self._pieces = self._range(0, offset) + [(len(data), None, data)] + self._range(end, self.size)
        self.size = max(self.size, end)

    def truncate(self, size):
        """As ftruncate: cuts, or leaves a hole at the end."""
        if size <= self.size:
            self._pieces = self._range(0, size)
        else:
            self._pieces.append((size - self.size, None, None))
        self.size = size

    def _range(self, start, end):
        """The pieces of [start, end), cut to it."""
        out = []
        at = 0
        for length, offset, data in self._pieces:
            low, high = max(start, at), min(end, at + length)
            if low < high:
                skip = low - at
                out.append((
                    high - low,
                    None if offset is None else offset + skip,
                    None if data is None else data[skip : skip + high - low],
                ))
            at += length
        return out

    def sha256(self, root):
        """SHA-256 of all bytes, read from the source tree `root` where they are its own."""
        digest = hashlib.sha256()
        descriptor = open_file(root, self._source) if self._source is not None else None
        try:
            for length, offset, data in self._pieces:
                if data is not None:
                    digest.update(data)
                elif offset is None:
                    update_zeros(digest, length)
                else:
                    self._update_from(digest, descriptor, offset, offset + length)
        finally:
            if descriptor is not None:
                os.close(descriptor)
        return digest.hexdigest()

    def _update_from(self, digest, descriptor, start, end):
        at = start
        for first, length in self._extents:
            low, high = max(first, start), min(first + length, end)
            if low >= high:
                continue
            update_zeros(digest, low - at)
            at = low
            while at < high:
                data = os.pread(descriptor, min(_CHUNK, high - at), at)
                if not data:
                    raise VerifierError(f"Cannot compute the changes: {show(self._source)} became shorter. Start again with a new --work.")
                digest.update(data)
                at += len(data)
        update_zeros(digest, end - at)

    def data_extents(self):
        """Where the file has data, in whole blocks cut at its end and joined: [[offset, length], ...]."""
        joined = []
        for start, end in self._data_ranges():
            start = start // BLOCK * BLOCK
            end = min(-(-end // BLOCK) * BLOCK, self.size)
            if joined and start <= joined[-1][1]:
                joined[-1][1] = max(end, joined[-1][1])
            else:
                joined.append([start, end])
        return [[start, end - start] for start, end in joined]

    def _data_ranges(self):
        at = 0
        for length, offset, data in self._pieces:
            if data is not None:
                yield at, at + length
            elif offset is not None:
                for first, count in self._extents:
                    low, high = max(first, offset), min(first + count, offset + length)
                    if low < high:
                        yield at + low - offset, at + high - offset
            at += length
