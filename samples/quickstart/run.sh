#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs the main job on real files. Builds what is missing first. See --help.
#
# A checkout that this user may not write to, and that is not built, is copied to the user's cache and built there:
# ${XDG_CACHE_HOME:-~/.cache}/kmesh.
#
# KMESH_JAVA_OPTIONS: more options for Java. KMESH_LOG: the log's level (warn). KMESH_QUICKSTART_BUILT=true: what is
# built is known to be fresh (the continuous test, which runs this many times).
set -euo pipefail

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
root=$(cd -- "$here/../.." && pwd)

json=false
for argument in "$@"; do
  case $argument in
    --) break ;;
    --json) json=true ;;
  esac
done

fail() { # exit status, words: said as JSON too when that is asked
  echo "$2" >&2
  if [[ $json == true ]]; then
    local text=${2//\\/\\\\}
    text=${text//\"/\\\"}
    printf '{"verified":false,"reason":"%s"}\n' "${text//[[:cntrl:]]/ }"
  fi
  exit "$1"
}

need() { # command, Debian packages
  command -v "$1" >/dev/null 2>&1 && return
  if [[ $(id -u) == 0 ]] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing $2 (for $1) ..." >&2
    # shellcheck disable=SC2086
    if { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $2; } >&2; then
      return
    fi
  fi
  fail 2 "Cannot run the quickstart: $1 is missing. Install it (Debian: $2)."
}

writable() { # folders that exist
  local folder
  for folder in "$@"; do
    [[ ! -e $folder || -w $folder ]] || return 1
  done
}

is_built() {
  bash "$root/config/stage.sh" --check && bash "$here/build.sh" --check
}

# Builds here, or in a copy of the sources in the user's cache, and goes on there.
build() {
  if writable "$root" "$root/target" "$root/target/staging" "$root/target/staging.lock" "$here" "$here/target"; then
    bash "$root/config/stage.sh" >&2 && bash "$here/build.sh" >&2 ||
      fail 1 "Cannot run the quickstart: its build failed. The reason is above."
    return
  fi
  [[ ${KMESH_QUICKSTART_COPY:-} != true ]] || fail 1 "Cannot build Kmesh in $root: $(id -un) may not write there."
  local cache=${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}/kmesh
  local copy
  copy=$cache/source-$(printf '%s' "$root" | cksum | cut -d' ' -f1)
  if ! mkdir -p -- "$copy" 2>/dev/null || [[ ! -w $copy ]]; then
    fail 2 "Cannot build Kmesh: $(id -un) may write neither to $root nor to $cache. Set XDG_CACHE_HOME to a folder of yours, or build it as the owner: bash $root/samples/quickstart/run.sh --help"
  fi
  echo "$(id -un) may not write to $root: building in $copy ..." >&2
  (
    exec 9>"$copy.lock"
    flock 9
    # What was built before stays; the sources are all taken anew.
    find "$copy" -name target -prune -o \( -type f -o -type l \) -exec rm -f -- {} +
    cd -- "$root"
    find . \( -name target -o -name .git \) -prune -o \( -type f -o -type l \) -print0 |
      tar --null --no-recursion -T - -cf - | tar -xf - -C "$copy"
  ) || fail 1 "Cannot copy $root to $copy. The reason is above."
  if [[ -z ${KMESH_MAVEN_REPO:-} && ! -w ${HOME:-/nonexistent}/.m2/repository ]]; then
    export KMESH_MAVEN_REPO=$cache/repository
  fi
  KMESH_QUICKSTART_COPY=true exec bash "$copy/samples/quickstart/run.sh" "$@"
}

need java openjdk-17-jdk-headless
need python3 python3
if [[ ${KMESH_QUICKSTART_BUILT:-} != true ]] && ! is_built; then
  need javac openjdk-17-jdk-headless
  need mvn maven
  build "$@"
fi

version=$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$(dirname -- "$(dirname -- "$(readlink -f -- "$(command -v java)")")")/release" 2>/dev/null || true)
if [[ -z $version ]]; then
  version=$(java -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p' | head -n 1)
fi
((${version:-0} >= 17)) || fail 2 "Cannot run the quickstart: $(command -v java) is Java ${version:-of an unknown version}. Put Java 17 or newer on the PATH."
options=()
if ((version >= 22)); then
  options+=(--enable-native-access=ALL-UNNAMED)
fi
screen=1
[[ $json == false ]] || screen=2
if [[ -t $screen ]]; then
  columns=$(stty size 2>/dev/null <&"$screen" | cut -d' ' -f2 || true)
  options+=(-Dquickstart.terminal=true)
  if [[ ${columns:-0} -gt 0 ]]; then
    options+=("-Dquickstart.columns=$columns")
  fi
fi
# The JVM reads names of DATA_DIR and --work from the command line by the locale: give it one that can.
[[ -n ${LC_ALL:-} ]] || export LC_ALL="${LANG:-C.UTF-8}"
# Threads come and go: an arena for each would keep what they once took. An own value stays.
export MALLOC_ARENA_MAX="${MALLOC_ARENA_MAX:-2}"
# While a virtual copy on a Lustre is made it takes 1 KB a file or so (120 MiB in use at 90,000): enough for 200,000 by that;
# -Xmx in KMESH_JAVA_OPTIONS gives more.
# shellcheck disable=SC2086
exec java "${options[@]}" -Xms64m -Xmx320m -Xss1m -XX:+UseSerialGC -XX:MaxDirectMemorySize=256m -Djdk.nio.maxCachedBufferSize=65536 \
  -Dorg.slf4j.simpleLogger.defaultLogLevel="${KMESH_LOG:-warn}" -Dquickstart.verifier="$here/verify/verify.py" \
  ${KMESH_JAVA_OPTIONS:-} -cp "$here/target/quickstart.jar:$(<"$here/target/class-path")" \
  io.kmesh.samples.quickstart.Main "$@"
