#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# All tests of Kmesh, with a table of times and budgets: bash test.sh [--group NAME] [--profile NAME] [--help]
set -euo pipefail
source "$(dirname -- "${BASH_SOURCE[0]}")/config/lib.sh"
kmesh_need java openjdk-17-jdk-headless
kmesh_need javac openjdk-17-jdk-headless
kmesh_need mvn maven
kmesh_need python3 python3
exec python3 "$root/config/run_tests.py" "$@"
