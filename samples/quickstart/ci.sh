#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The quickstart's continuous test: several trees, both locales, a sabotage of each step, kill -9 at seeded points.
# Options: see ci.py --help. The last line reads "N passed, N failed".
set -euo pipefail
exec python3 "$(dirname -- "${BASH_SOURCE[0]}")/ci.py" "$@"
