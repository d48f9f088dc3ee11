# SPDX-License-Identifier: Apache-2.0
"""The seeded bytes of a plan of changes: xorshift64*, little-endian (README.md has the same in Java)."""

_MASK = (1 << 64) - 1


def seeded_bytes(seed, length):
    """`length` bytes of the stream of `seed` (1..2^53-1)."""
    state = (seed ^ 0x9E3779B97F4A7C15) & _MASK
    words = []
    for _ in range((length + 7) // 8):
        state ^= state >> 12
        state = (state ^ (state << 25)) & _MASK
        state ^= state >> 27
        words.append(((state * 0x2545F4914F6CDD1D) & _MASK).to_bytes(8, "little"))
    return b"".join(words)[:length]
