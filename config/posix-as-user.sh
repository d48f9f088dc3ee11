#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs the tests of the native module as an unprivileged user (65534), under LANG=C; needs root and setpriv.
# Tests and class path are copied to a folder that this user may read; the reports go to
# kmesh-lustre-jna/target/user-reports. Tests tagged "root" need what only root may do and are left out.
set -euo pipefail
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
folder=$(mktemp -d)
trap 'rm -rf -- "$folder"' EXIT
module=$root/kmesh-lustre-jna
kmesh_mvn -q -f "$root/pom.xml" -pl kmesh-lustre-jna -am test-compile -Dkmesh.compile.skip="${KMESH_COMPILED:-false}" \
  dependency:build-classpath -Dmdep.outputFile="$folder/class-path" -Dmdep.includeScope=test >&2
kmesh_mvn -q -f "$root/config/console/pom.xml" dependency:copy-dependencies -DoutputDirectory="$folder/console" \
  -DbuildDirectory="$folder/build" >&2
mkdir "$folder/lib" "$folder/home" "$folder/reports"
class_path=$folder/lib/tests:$folder/lib/main
cp -r "$module/target/test-classes" "$folder/lib/tests"
cp -r "$module/target/classes" "$folder/lib/main"
number=0
IFS=: read -ra entries <<<"$(cat "$folder/class-path")"
for entry in "${entries[@]}"; do
  number=$((number + 1))
  name=$number-$(basename "$entry")
  cp -r "$entry" "$folder/lib/$name"
  class_path+=:$folder/lib/$name
done
chmod -R go+rX "$folder"
chmod go+rx "$folder"
chown -R 65534:65534 "$folder/home" "$folder/reports"
status=0
(cd "$folder/home" && env -i PATH="$PATH" LANG=C HOME="$folder/home" setpriv --reuid 65534 --regid 65534 --clear-groups \
  "$(readlink -f "$(command -v java)")" -Djava.io.tmpdir="$folder/home" -jar "$folder"/console/*.jar execute --disable-banner --details=summary \
  --class-path "$class_path" --scan-class-path "$folder/lib/tests" --exclude-tag root --exclude-tag crash --exclude-tag scale \
  --config jqwik.database="$folder/home/jqwik" --reports-dir "$folder/reports") || status=$?
rm -rf "$module/target/user-reports"
mkdir -p "$module/target/user-reports"
cp "$folder"/reports/*.xml "$module/target/user-reports/"
exit "$status"
