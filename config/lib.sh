# SPDX-License-Identifier: Apache-2.0
# Sourced by the scripts of the build. Sets `root`, and gives `kmesh_mvn` and `kmesh_need`.
#
# KMESH_MAVEN_REPO: folder of the local repository, in place of ~/.m2/repository.
# MAVEN_ARGS: more arguments for each call of Maven (Maven itself reads it from 3.9 on only).
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)

kmesh_local_repository() {
  printf '%s\n' "${KMESH_MAVEN_REPO:-$HOME/.m2/repository}"
}

kmesh_mvn() {
  local arguments=(-B -ntp)
  if [[ -n ${KMESH_MAVEN_REPO:-} ]]; then
    arguments+=("-Dmaven.repo.local=$KMESH_MAVEN_REPO")
  fi
  # shellcheck disable=SC2086
  mvn "${arguments[@]}" ${MAVEN_ARGS:-} "$@"
}

# kmesh_need COMMAND PACKAGES: installs Debian packages when a command is missing and we may.
kmesh_need() {
  command -v "$1" >/dev/null 2>&1 && return 0
  if [[ $(id -u) == 0 ]] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing $2 (for $1) ..." >&2
    # shellcheck disable=SC2086
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $2; } >&2
    return
  fi
  echo "Cannot go on: $1 is missing. Install it (Debian: $2)." >&2
  return 2
}
