#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Compares the staged jars, byte by byte, with those of another build of the same sources in another folder:
# this checkout's, which is done now where it has none.
set -euo pipefail
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
"$root/config/stage.sh"
first=$root/target/staging/source

jars() {
  (cd "$first" && find . -name '*.jar' -path '*/target/kmesh-*' -print0 | LC_ALL=C sort -z)
}

sums() {
  (cd "$1" && jars | xargs -0 sha256sum)
}

all_there() {
  (cd "$root" && jars | xargs -0 ls) >/dev/null 2>&1
}

[[ -n $(jars | tr '\0' ' ') ]] || { echo "Cannot compare jars: none were built." >&2; exit 1; }
if ! all_there; then
  (cd "$root" && kmesh_mvn -q -Pfast -Dmaven.source.skip=false -Dmaven.test.skip=true -pl '!kmesh-bench' package)
fi
if ! diff -u <(sums "$first") <(sums "$root") >&2; then
  echo "Two builds of the same sources gave different jars (above). Find what depends on time, path or order; or build this checkout anew, if it is older than its sources." >&2
  exit 1
fi
echo "$(jars | tr -cd '\0' | wc -c) jars, the same bytes in two builds"
