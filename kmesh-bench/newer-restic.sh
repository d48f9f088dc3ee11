# SPDX-License-Identifier: Apache-2.0
# Sourced by peers.sh. Gives `kmesh_newer_restic FOLDER`: sets `newer_restic` to restic as Debian's next release has it,
# unpacked into FOLDER and installed nowhere, or to restic of the system where that can't be had.

kmesh_newer_restic() {
  newer_restic=restic
  local folder=$1 release=trixie command=$1/unpacked/usr/bin/restic
  if [[ ! -x $command ]]; then
    command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || return 0
    # From wherever this system's packages come, by a list of packages of its own.
    local site
    site=$(apt-get indextargets --format '$(SITE)' 'ORIGIN: Debian' 'COMPONENT: main' 2>/dev/null | head -n 1)
    [[ -n $site ]] || return 0
    echo "Unpacking restic of Debian $release ..." >&2
    rm -rf -- "$folder"
    mkdir -p -- "$folder"/{lists,cache/archives,archive}/partial
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $site $release main" >"$folder/sources.list"
    local options=(-qq -o "Dir::Etc::SourceList=$folder/sources.list" -o Dir::Etc::SourceParts=/dev/null -o APT::Sandbox::User=
      -o "Dir::State::Lists=$folder/lists" -o "Dir::Cache=$folder/cache" -o Acquire::Languages=none)
    (cd -- "$folder" && apt-get "${options[@]}" update && apt-get "${options[@]}" download "restic/$release" &&
      dpkg-deb -x restic_*.deb unpacked) >&2 || true
    rm -rf -- "$folder/lists" "$folder/cache"
  fi
  # It may need a newer C library than this system's.
  if [[ -x $command ]] && "$command" version >/dev/null 2>&1; then
    newer_restic=$command
  fi
}
