#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs Maven as a consumer of the staged artifacts: config/consumer-mvn.sh -f samples/pom.xml verify
#
# It has a local repository of its own, target/consumer-repository, so that no snapshot of Kmesh ever reaches the
# ordinary one; other artifacts are taken from the ordinary one where it has them, else downloaded.
set -euo pipefail
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
mkdir -p "$root/target"
settings=$root/target/consumer-settings.xml
cat >"$settings.$$" <<XML
<settings>
  <profiles>
    <profile>
      <id>local</id>
      <repositories>
        <repository>
          <id>ordinary-local-repository</id>
          <url>file://$(kmesh_local_repository)</url>
          <releases><checksumPolicy>ignore</checksumPolicy></releases>
          <snapshots><enabled>false</enabled></snapshots>
        </repository>
      </repositories>
      <pluginRepositories>
        <pluginRepository>
          <id>ordinary-local-repository</id>
          <url>file://$(kmesh_local_repository)</url>
          <releases><checksumPolicy>ignore</checksumPolicy></releases>
          <snapshots><enabled>false</enabled></snapshots>
        </pluginRepository>
      </pluginRepositories>
    </profile>
  </profiles>
  <activeProfiles>
    <activeProfile>local</activeProfile>
  </activeProfiles>
</settings>
XML
mv "$settings.$$" "$settings"
# shellcheck disable=SC2086
exec mvn -B -ntp -s "$settings" "-Dmaven.repo.local=$root/target/consumer-repository" ${MAVEN_ARGS:-} "$@"
