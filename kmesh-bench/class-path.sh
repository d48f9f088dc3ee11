# SPDX-License-Identifier: Apache-2.0
# Sourced by run.sh and peers.sh. Gives `kmesh_bench_build`, which compiles kmesh-bench and what it needs and sets
# `class_path`.
source "$(dirname -- "${BASH_SOURCE[0]}")/../config/lib.sh"

kmesh_bench_build() {
  kmesh_need java openjdk-17-jdk-headless
  kmesh_need javac openjdk-17-jdk-headless
  kmesh_need mvn maven
  echo "Compiling ..." >&2
  kmesh_mvn -q -Pfast -f "$root/pom.xml" -pl kmesh-bench -am compile dependency:build-classpath \
    "-Dmdep.outputFile=$root/kmesh-bench/target/class-path" -Dmdep.includeScope=runtime >&2
  class_path=$root/kmesh-bench/target/classes:$(cat "$root/kmesh-bench/target/class-path")
}
