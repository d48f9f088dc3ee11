#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Makes target/quickstart.jar against the staged artifacts and writes target/class-path; nothing when nothing changed.
#
#   build.sh            build what changed
#   build.sh --check    exit 0 when it is built from these sources, else 1; writes nothing
set -euo pipefail
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
root=$(cd -- "$here/../.." && pwd)

inputs() {
  (cd -- "$root/samples" && find pom.xml quickstart/pom.xml quickstart/build.sh quickstart/src -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum && cat "$root/target/staging/inputs") | sha256sum | cut -d' ' -f1
}

fresh() {
  [[ -f $here/target/inputs && $(cat "$here/target/inputs") == "$(inputs)" ]]
}

if fresh; then
  exit 0
fi
if [[ ${1:-} == --check ]]; then
  exit 1
fi
mkdir -p "$here/target"
exec 9>"$here/target/lock"
flock 9
if fresh; then
  exit 0
fi
echo "Building the quickstart ..." >&2
rm -rf "$here/target/classes"
"$root/config/consumer-mvn.sh" -q -f "$root/samples/pom.xml" -pl quickstart compile dependency:build-classpath \
  -DincludeScope=runtime "-Dmdep.outputFile=$here/target/class-path" >&2
jar --create --file "$here/target/quickstart.jar" -C "$here/target/classes" .
inputs >"$here/target/inputs"
