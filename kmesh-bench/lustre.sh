#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The binding of a mounted Lustre beside the same loop in C, over the stub of liblustreapi, in one run.
set -euo pipefail
source "$(dirname -- "${BASH_SOURCE[0]}")/class-path.sh"

usage() {
  cat <<TEXT
bash kmesh-bench/lustre.sh [--files N] [--calls N] [--directory DIR] [--rounds N]

Asks the HSM state of an open file again and again (CPU for each call, the last round warm), and scans a directory for
the HSM state of each file (CPU of the whole process, Java's start included); each by a loop in C and by Kmesh, in turn,
over the stub of liblustreapi that the tests build. Prints a line of JSON for each; needs gcc.

  --files N        files of the scan (1,000,000)
  --calls N        calls of a round (1,000,000)
  --rounds N       how often each scans (3)
  --directory DIR  where the files lie (/dev/shm)
TEXT
}

files=1000000 calls=1000000 rounds=3 directory=/dev/shm
while (($# > 0)); do
  case $1 in
    --help | -h) usage; exit 0 ;;
    --files) files=$2; shift 2 ;;
    --calls) calls=$2; shift 2 ;;
    --rounds) rounds=$2; shift 2 ;;
    --directory) directory=$2; shift 2 ;;
    *) echo "Cannot use $1: no such option. See --help." >&2; exit 2 ;;
  esac
done
kmesh_bench_build
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d -- "$directory/kmesh-bench-lustre.XXXXXX")
trap 'rm -rf -- "$work"' EXIT
gcc -shared -pthread -std=gnu11 -O2 -fPIC -fvisibility=hidden -Wl,-Bsymbolic-functions -o "$work/stub.so" \
  "$here"/../kmesh-lustre-jna/src/test/c/*.c
gcc -O2 -o "$work/loop" "$here/src/main/c/lustre_loop.c" "$work/stub.so"
mkdir -- "$work/mnt" "$work/mnt/d"
seq -f "$work/mnt/d/f%.0f" 1 "$files" | xargs -n 5000 touch --
export STUB_LUSTRE_ROOT=$work/mnt STUB_LUSTRE_FSNAME=lustre

c() {
  LD_PRELOAD=$work/stub.so "$work/loop" "$@"
}

kmesh() {
  LD_PRELOAD=$work/stub.so java -Xmx256m -XX:+UseSerialGC -Dkmesh.lustre.library="$work/stub.so" \
    -Dkmesh.native-directory="$work" -Dorg.slf4j.simpleLogger.defaultLogLevel=warn -cp "$class_path" \
    io.kmesh.bench.peers.LustreMain "$work/mnt" "$@"
}

c calls "$work/mnt/d/f1" "$calls"
kmesh calls d/f1 "$calls"
for ((round = 0; round < rounds; round++)); do
  c scan "$work/mnt/d"
  kmesh scan d
done
