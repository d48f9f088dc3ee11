#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Lists all warnings of the compiler and of error-prone in one go: config/warnings.sh [MODULE...]
# (With -Werror error-prone stops at the first file that has one.) Works in a copy of the tree, so that
# nothing is left half compiled; with modules given, only they and what they need are compiled.
set -euo pipefail
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
copy=$(mktemp -d)
trap 'rm -rf -- "$copy"' EXIT
(cd "$root" && git ls-files -co --exclude-standard -z | tar --null --ignore-failed-read -cf - -T - 2>/dev/null) | tar -xf - -C "$copy"
select=()
if (($# > 0)); then
  select=(-pl "$(IFS=,; echo "$*")" -am)
fi
(cd "$copy" && mvn -B -ntp -fae "${select[@]}" -Dkmesh.werror=-g test-compile 2>&1 || true) |
  grep -E '^\[(WARNING|ERROR)\] /' | sed -E "s#$copy/##" | sort -u
