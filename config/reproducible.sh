#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds the jars a second time, in another folder, and compares them with the staged ones byte by byte.
set -euo pipefail
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
"$root/config/stage.sh"
first=$root/target/staging/source
second=$(mktemp -d)
trap 'rm -rf -- "$second"' EXIT
(cd "$first" && find . -name target -prune -o -type f -print0 | tar --null -T - -cf -) | tar -xf - -C "$second"
(cd "$second" && kmesh_mvn -q -Pfast -Dmaven.source.skip=false -Dmaven.test.skip=true -pl '!kmesh-bench' package)

jars() {
  (cd "$1" && find . -name '*.jar' -path '*/target/kmesh-*' -print0 | LC_ALL=C sort -z | xargs -0 sha256sum)
}

jars "$first" >"$second/first.txt"
jars "$second" >"$second/second.txt"
[[ -s $second/first.txt ]] || { echo "Cannot compare jars: none were built." >&2; exit 1; }
if ! diff -u "$second/first.txt" "$second/second.txt" >&2; then
  echo "Two builds of the same sources gave different jars (above). Find what depends on time, path or order." >&2
  exit 1
fi
echo "$(wc -l <"$second/first.txt") jars, the same bytes in two builds"
