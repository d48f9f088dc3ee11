#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs the JMH benchmarks of the hot paths.
set -euo pipefail
source "$(dirname -- "${BASH_SOURCE[0]}")/class-path.sh"

usage() {
  cat <<TEXT
bash kmesh-bench/run.sh [--list] [--quick] [--directory DIR] [NAME] [JMH OPTIONS]

Runs the JMH benchmarks whose name holds NAME (all without it), and prints for each the wall time and, as ":cpu", the
processor time of the whole process per operation. The results are also in kmesh-bench/target/jmh.json.

  --list           names them
  --quick          one short iteration each: shows that they run, says nothing of speed
  --directory DIR  where the files of the benchmarks lie, /tmp by default: on the disk that is to be measured
  JMH OPTIONS      such as -p inFlight=16 -f 3 -i 10

Names: PosixTreeBench (stat, openClose, read4KiB, list1000; -p provider=jna|nio), DirectoryStoreBench (put4KiB, read4KiB,
list; -p inFlight=1|16|256), SqliteStateBench (apply; -p writers=1|4|16|64), MirrorArchiveBench (archive, restore;
-p bytes=4096|67108864), CodecBench, TieringPlanBench (100,000 files), SimulatedLustreBench, GearChunkerBench (cut; -p profile=data|image),
ByteShuffleBench (shuffle, unshuffle; -p stride=2|4|8), FrameCodecBench (probe, encode, decode;
-p kind=random|floats|text|records), WireBench (changelogRecord, plainLayout, compositeLayout).
TEXT
}

options=(-f 1 -wi 3 -w 2 -i 5 -r 2)
jvm=()
while (($# > 0)); do
  case $1 in
    --help | -h) usage; exit 0 ;;
    --list) options=(-l); shift ;;
    --quick) options=(-f 1 -wi 0 -i 1 -r 100ms -p files=2000 -p bytes=4096); shift ;;
    --directory) jvm=("-Dkmesh.bench.directory=$2"); shift 2 ;;
    *) break ;;
  esac
done
kmesh_bench_build
exec java -Dfile.encoding=UTF-8 -Dorg.slf4j.simpleLogger.defaultLogLevel=warn "${jvm[@]}" -cp "$class_path" \
  org.openjdk.jmh.Main "${options[@]}" -prof io.kmesh.bench.jmh.CpuTime \
  -rf json -rff "$root/kmesh-bench/target/jmh.json" "$@"
