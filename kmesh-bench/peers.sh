#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Compares Kmesh with other tools, whole processes on the same trees in one run: bash kmesh-bench/peers.sh --help
set -euo pipefail
source "$(dirname -- "${BASH_SOURCE[0]}")/class-path.sh"
kmesh_need python3 python3
case " $* " in
  *" --help "* | *" -h "*) exec python3 "$root/kmesh-bench/peers.py" --help ;;
esac
# Who can't be installed is a listed skip there.
for tool in rsync rclone restic strace /usr/bin/time; do
  kmesh_need "$tool" "${tool##*/}" || true
done
kmesh_bench_build
exec python3 "$root/kmesh-bench/peers.py" --class-path "$class_path" "$@"
