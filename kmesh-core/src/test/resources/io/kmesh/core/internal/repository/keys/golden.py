#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes repository-0 beside itself: the format's keys, made without Kmesh. Needs Python's cryptography 45 or newer."""
import base64
import hashlib
import hmac
import json
import pathlib
import unicodedata

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

OUT = pathlib.Path(__file__).parent / "repository-0"
REPOSITORY = "000102030405060708090a0b0c0d0e0f"
DOMAIN = "d000000000000001"
REPOSITORY_KEY = bytes(range(32))
DOMAIN_KEY = bytes(range(32, 64))


def write(key, content):
    path = OUT / key
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def compact(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def wrapping(key, name, passphrase, secret, number):
    salt, nonce = bytes([number]) * 16, bytes([number]) * 12
    text = unicodedata.normalize("NFC", passphrase).encode()
    kek = Argon2id(salt=salt, length=32, iterations=2, lanes=2, memory_cost=64).derive(text)
    associated = ("kmesh-repository/0/" + REPOSITORY + "/" + key).encode()
    sealed = AESGCM(kek).encrypt(nonce, secret, associated)
    b64 = lambda b: base64.b64encode(b).decode()
    cost = {"memoryKiB": 64, "iterations": 2, "lanes": 2, "salt": b64(salt)}
    write(key, compact({"format": 0, "kind": "passphrase", "name": name, "argon2id": cost, "nonce": b64(nonce), "sealed": b64(sealed)}))


def derived(info, length):
    return HKDFExpand(hashes.SHA256(), length, info).derive(DOMAIN_KEY)


content = compact({
    "name": "main", "key": base64.b64encode(DOMAIN_KEY).decode(), "chunkNames": 1,
    "chunking": {"data": [262144, 1048576, 4194304], "image": [65536, 262144, 1048576]},
})  # fmt: skip
write("kmesh-repository", compact({"format": 0, "repository": REPOSITORY}))
wrapping("keys/1-a000000000000001", "Jürgen", "Gru\u0308ße", REPOSITORY_KEY, 1)
place = "domains/" + DOMAIN + "/key-1"
header = b"KMBX" + bytes([0, 1, 0, 0])
write(place, header + bytes([3]) * 12 + AESGCM(REPOSITORY_KEY).encrypt(bytes([3]) * 12, content, header + place.encode()))
wrapping("domains/" + DOMAIN + "/grants/b000000000000001", "guest", "guest", content, 2)
pack = HKDFExpand(hashes.SHA256(), 32, bytes(range(16))).derive(derived(b"kmesh/0/pack", 32))
lines = [
    "chunk-name " + derived(b"kmesh/0/chunk-name", 32).hex(),
    "gear-sha256 " + hashlib.sha256(derived(b"kmesh/0/gear", 2048)).hexdigest(),
    "object " + derived(b"kmesh/0/object", 32).hex(),
    "pack-000102030405060708090a0b0c0d0e0f " + pack.hex(),
    "name-of-empty-chunk " + hmac.digest(derived(b"kmesh/0/chunk-name", 32), b"", "sha256")[:24].hex(),
]
write("expected.txt", ("\n".join(lines) + "\n").encode())
