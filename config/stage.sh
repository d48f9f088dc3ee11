#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Puts the published artifacts into target/staging/repository, a Maven repository in a folder, from which
# the samples take them as a user takes them from Maven Central. Does nothing when no source changed since.
#
#   config/stage.sh            stage what changed
#   config/stage.sh --check    exit 0 when the staged artifacts are those of the sources, else 1; writes nothing
#
# The build is done in a copy of the sources, target/staging/source: it disturbs no other build here, and the
# consumers' repository (config/consumer-mvn.sh) loses its older Kmesh.
set -euo pipefail
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
staging=$root/target/staging

sources() {
  cd -- "$root"
  find pom.xml .mvn config/stage.sh config/lib.sh kmesh-*/pom.xml $(ls -d kmesh-*/src/main | grep -v kmesh-bench) -type f -print0 | LC_ALL=C sort -z
}

inputs() {
  (cd -- "$root" && sources | xargs -0 sha256sum) | sha256sum | cut -d' ' -f1
}

fresh() {
  [[ -f $staging/inputs && $(cat "$staging/inputs") == "$(inputs)" ]]
}

if fresh; then
  exit 0
fi
if [[ ${1:-} == --check ]]; then
  exit 1
fi
for folder in "$root" "$root/target" "$staging" "$root/target/staging.lock"; do
  if [[ -e $folder && ! -w $folder ]]; then
    echo "Cannot stage Kmesh: $(id -un) may not write to $folder. Stage as its owner, or copy the checkout to a folder of yours." >&2
    exit 1
  fi
done
mkdir -p "$root/target"
exec 9>"$root/target/staging.lock"
flock 9
if fresh; then
  exit 0
fi
echo "Building Kmesh and staging its artifacts in target/staging ..." >&2
wanted=$(inputs)
rm -rf "$staging" "$root/target/consumer-repository/io/kmesh"
mkdir -p "$staging/source" "$staging/repository"
(cd "$root" && sources | tar --null -T - -cf -) | tar -xf - -C "$staging/source"
log=$staging/build.log
if ! (cd "$staging/source" && kmesh_mvn -q -T 2 -Pfast -Dmaven.source.skip=false -Dmaven.test.skip=true -pl '!kmesh-bench' deploy \
  "-DaltDeploymentRepository=kmesh-staging::file://$staging/repository") >"$log" 2>&1; then
  cat "$log" >&2
  echo "Cannot stage Kmesh: the build failed. Its output is above and in $log." >&2
  exit 1
fi
printf '%s\n' "$wanted" >"$staging/inputs"
