#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Resolves the staged jars as modules on a JDK: config/smoke.sh JAVA_HOME
set -euo pipefail
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
java=$1/bin/java
"$root/config/stage.sh"
"$root/samples/quickstart/build.sh"
path=$(cat "$root/samples/quickstart/target/class-path")
"$java" --version | head -n 1
options=(-p "$path" --add-modules io.kmesh.core,io.kmesh.copytool,io.kmesh.lustre.jna,io.kmesh.testkit --show-module-resolution)
"$java" "${options[@]}" -version 2>/dev/null | grep -E '^(root|io\.kmesh).*io\.kmesh' | sed 's/ file:.*//' | LC_ALL=C sort -u
