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
options=(-Xlog:disable -Xmx192m -XX:+UseSerialGC "-XX:ErrorFile=$work/error" -cp "$(<"$run/class-path")")
if "$java" "${options[@]}" -Dkmesh.crypto.provider=accp io.kmesh.cli.Training "$work/checked" >"$work/log" 2>&1; then
  touch "$run/native-crypto"
fi
if "$java" -Xshare:off "-XX:DumpLoadedClassList=$work/classes" "${options[@]}" io.kmesh.cli.Training "$work/trained" >"$work/log" 2>&1 &&
  "$java" -Xshare:dump "-XX:SharedClassListFile=$work/classes" "-XX:SharedArchiveFile=$work/kmesh.jsa" "${options[@]}" >"$work/log" 2>&1; then
  mv -f "$work/kmesh.jsa" "$run/kmesh.jsa"
else
  cat "$work/log" >&2
  echo "Cannot make the archive of classes; kmesh starts without it." >&2
  rm -f "$run/kmesh.jsa"
fi
