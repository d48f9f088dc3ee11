#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Makes the archive of loaded classes for bin/kmesh: archive.sh FOLDER, which has class-path.
# Without it the command works as well, and starts later.
set -euo pipefail
run=$1
java=${JAVA_HOME:+$JAVA_HOME/bin/java}
java=${java:-java}
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
if "$java" --enable-native-access=ALL-UNNAMED -version >/dev/null 2>&1; then
  touch "$run/native-access"
fi
# Not -XX:ArchiveClassesAtExit: what a list gives holds the JDK's classes too, and starts faster. Java 17 (17.0.15) ends
# in SIGSEGV when an archive holds a lambda of a class that it leaves out, as it does those of signed jars: see unsign.py.
options=(-Xlog:disable -Xmx192m -XX:+UseSerialGC "-XX:ErrorFile=$work/error")
if "$java" "${options[@]}" -Dkmesh.crypto.provider=accp -cp "$(<"$run/class-path")" io.kmesh.cli.Training "$work/checked" >"$work/log" 2>&1; then
  touch "$run/native-crypto"
fi

# The training's store is on loopback.
unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY AWS_PROFILE AWS_CA_BUNDLE
archive() { # name, class path, and what is trained: nothing, or "cloud"
  local name=$1 path=$2
  shift 2
  if "$java" -Xshare:off "-XX:DumpLoadedClassList=$work/$name.classes" "${options[@]}" -cp "$path" io.kmesh.cli.Training "$work/$name" "$@" >"$work/$name.log" 2>&1 &&
    "$java" -Xshare:dump "-XX:SharedClassListFile=$work/$name.classes" "-XX:SharedArchiveFile=$work/$name.jsa" "${options[@]}" -cp "$path" >"$work/$name.log" 2>&1; then
    mv -f "$work/$name.jsa" "$run/$name.jsa"
  else
    cat "$work/$name.log" >&2
    echo "Cannot make the archive of classes $name.jsa; kmesh starts without it." >&2
    rm -f "$run/$name.jsa"
  fi
}

# An archive serves the class path that it was made with: that of the clouds is longer.
archive kmesh "$(<"$run/class-path")" &
if [[ -r $run/class-path-cloud ]]; then
  archive kmesh-cloud "$(<"$run/class-path"):$(<"$run/class-path-cloud")" cloud &
fi
wait
