#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs the main job on real files. Builds what is missing first. See --help.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)

need() { # command, Debian packages
  if ! command -v "$1" >/dev/null 2>&1; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
      echo "Installing $2 (for $1) ..." >&2
      { apt-get update -qq && apt-get install -y -qq $2; } >&2
    else
      echo "Cannot run the quickstart: $1 is missing. Install it (Debian: $2)." >&2
      exit 2
    fi
  fi
}
need java openjdk-17-jdk-headless
need javac openjdk-17-jdk-headless
need mvn maven
need python3 python3

bash "$root/config/stage.sh" >&2
bash "$here/build.sh" >&2

terminal=false
if { [[ " $* " == *" --json"* ]] && [ -t 2 ]; } || { [[ " $* " != *" --json"* ]] && [ -t 1 ]; }; then
  terminal=true
fi
native=()
if java --enable-native-access=ALL-UNNAMED -version >/dev/null 2>&1; then
  native=(--enable-native-access=ALL-UNNAMED)
fi
# The JVM reads names of DATA_DIR and --work from the command line by the locale: give it one that can.
[ -n "${LC_ALL:-}" ] || export LC_ALL="${LANG:-C.UTF-8}"
exec java "${native[@]}" -Xmx384m -Xss1m -XX:+UseSerialGC -XX:MaxDirectMemorySize=256m -Djdk.nio.maxCachedBufferSize=65536 \
  -Dorg.slf4j.simpleLogger.defaultLogLevel="${KMESH_LOG:-warn}" \
  -Dquickstart.verifier="$here/verify/verify.py" -Dquickstart.terminal="$terminal" \
  ${KMESH_JAVA_OPTIONS:-} -cp "$(cat "$here/target/class-path"):$here/target/classes" \
  io.kmesh.samples.quickstart.Main "$@"
