#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Writes kmesh-*/api/*.api anew: what users can name in each published module. Check the result in.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."
mvn -q -B -ntp -Pfast -pl kmesh-bench -am test -Dtest=ApiDumpTest -Dkmesh.api.update=true
git status --short -- 'kmesh-*/api'
