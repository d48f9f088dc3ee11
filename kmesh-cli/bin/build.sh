#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Makes kmesh-cli/target/run, what bin/kmesh runs in a source tree: jars, their class path, an archive of loaded
# classes. Nothing when nothing changed.
set -euo pipefail
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)
source "$here/../config/lib.sh"
kmesh_need java openjdk-17-jdk-headless
kmesh_need javac openjdk-17-jdk-headless
kmesh_need mvn maven
kmesh_need python3 python3
run=$here/target/run

for folder in "$here" "$here/target" "$root/target"; do
  if [[ -e $folder && ! -w $folder ]]; then
    echo "Cannot build kmesh: $(id -un) may not write to $folder. Build it as its owner: $here/bin/kmesh --version" >&2
    exit 1
  fi
done
mkdir -p "$here/target"
exec 8>"$here/target/run.lock"
flock 8
"$root/config/stage.sh"
wanted=$(sha256sum "$here"/bin/* "$root/target/staging/inputs" | sha256sum)
if [[ ! -f $run/inputs || $(<"$run/inputs") != "$wanted" ]]; then
  next=$here/target/run.next
  rm -rf "$next"
  mkdir -p "$next"
  cp -r "$root/target/staging/source/kmesh-cli/target/distribution/lib" "$next/lib"
  python3 "$here/bin/unsign.py" "$next"/lib/*.jar "$next"/lib/cloud/*.jar
  printf '%s\n' "$wanted" >"$next/inputs"
  rm -rf "$here/target/run.old"
  [[ ! -e $run ]] || mv "$run" "$here/target/run.old"
  mv "$next" "$run"
  (cd "$run/lib" && printf "$run/lib/%s\n" *.jar) | LC_ALL=C sort | paste -sd: >"$run/class-path"
  (cd "$run/lib" && printf "$run/lib/%s\n" cloud/*.jar) | LC_ALL=C sort | paste -sd: >"$run/class-path-cloud"
  bash "$here/bin/archive.sh" "$run"
fi
touch "$run/fresh"
