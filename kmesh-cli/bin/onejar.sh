#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Makes one jar of the command, which any Java 17 or newer runs alone: onejar.sh [FILE], else kmesh-cli/target/kmesh.jar.
#   java -jar kmesh.jar doctor
# bin/kmesh starts faster and takes less memory; the jar is for a machine to which one file is brought.
set -euo pipefail
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)
target=${1:-$here/target/kmesh.jar}
bash "$here/bin/build.sh"
python3 "$here/bin/onejar.py" "$target" io.kmesh.cli.Main "$here"/target/run/lib/*.jar "$here"/target/run/lib/cloud/*.jar
echo "$target"
