#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Compares Kmesh with other tools, whole processes on the same trees in one run:
#   bash kmesh-bench/peers.sh --help           copies and archives of trees
#   bash kmesh-bench/peers.sh backup --help    snapshots, against backup tools
#   bash kmesh-bench/peers.sh mirror --help    trees in object stores, against rclone
#   bash kmesh-bench/peers.sh flow --help      data flows, against tools that copy, and over a WAN
set -euo pipefail
source "$(dirname -- "${BASH_SOURCE[0]}")/class-path.sh"
source "$root/kmesh-bench/newer-restic.sh"
kmesh_need python3 python3
script=peers.py
if [[ ${1:-} == backup ]]; then
  script=backup_peers.py
  shift
elif [[ ${1:-} == flow ]]; then
  script=flow_peers.py
  shift
elif [[ ${1:-} == mirror ]]; then
  script=mirror_peers.py
  shift
fi
case " $* " in
  *" --help "* | *" -h "*) exec python3 "$root/kmesh-bench/$script" --help ;;
esac
if [[ $script == backup_peers.py ]]; then
  # Who can't be installed is a listed skip there.
  for pair in restic:restic borg:borgbackup /usr/bin/time:time; do
    kmesh_need "${pair%%:*}" "${pair##*:}" || true
  done
  # With numpy the sets are made in two minutes, without it in seven. A python3 that isn't Debian's may not see it: no matter.
  python3 -c 'import numpy' 2>/dev/null || [[ $(id -u) != 0 ]] ||
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3-numpy >&2 || true
  kmesh_newer_restic "$root/kmesh-bench/target/restic"
  exec python3 "$root/kmesh-bench/$script" --restic "$newer_restic" "$@"
fi
# Who can't be installed is a listed skip there.
for tool in rsync rclone restic strace /usr/bin/time; do
  kmesh_need "$tool" "${tool##*/}" || true
done
kmesh_bench_build
exec python3 "$root/kmesh-bench/$script" --class-path "$class_path" "$@"
