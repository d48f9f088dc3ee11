// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.lustre;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.kmesh.lustre.ChangelogUser;
import io.kmesh.lustre.ChangelogUsers;
import io.kmesh.lustre.CoordinatorAction;
import io.kmesh.lustre.HsmCoordinator;
import io.kmesh.lustre.jna.internal.host.LustreParameters;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.lustre.LustreServer;
import io.kmesh.spi.lustre.OnServerOnlyException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Servers whose /proc and /sys are files, as a running Lustre 2.17 printed them. */
class ServerNodeTest {
  @TempDir private Path root;

  private LustreServer server() {
    return new ServerNode(new LustreParameters(root), "lustre");
  }

  private void serve(String... captured) throws IOException {
    for (String name : captured) {
      ServerFolder.write(root, ServerFolder.parameters(ServerFolder.captured(name)));
    }
  }

  @Test
  void client_isToldTheExactCommands() {
    assertThat(server().mdts()).isEmpty();
    OnServerOnlyException e =
        catchThrowableOfType(OnServerOnlyException.class, () -> server().coordinator(1));
    assertThat(e.command())
        .isEqualTo("lctl get_param mdt.lustre-MDT0001.hsm_control mdt.lustre-MDT0001.hsm.*");
    assertThat(e.getMessage())
        .startsWith("Cannot read the coordinator of lustre-MDT0001 from a client: ")
        .endsWith(e.command());
    e = catchThrowableOfType(OnServerOnlyException.class, () -> server().changelogUsers(0x1a));
    assertThat(e.command()).isEqualTo("lctl get_param mdd.lustre-MDT001a.changelog_users");
  }

  @Test
  void server_tellsItsCoordinatorsParameters() throws IOException {
    serve("hsm/params.all_hsm.txt");
    assertThat(server().mdts()).containsExactlyInAnyOrder(0, 1);
    for (int mdt : server().mdts()) {
      HsmCoordinator it = server().coordinator(mdt);
      assertThat(it.mdt()).isEqualTo("lustre-MDT000" + mdt);
      assertThat(it.control()).hasValue("enabled");
      assertThat(it.maxRequests()).hasValue(3);
      assertThat(it.loopPeriod()).hasValue(Duration.ofSeconds(10));
      assertThat(it.activeRequestTimeout()).hasValue(Duration.ofHours(1));
      assertThat(it.graceDelay()).hasValue(Duration.ofMinutes(1));
      assertThat(it.defaultArchive()).hasValue(1);
      assertThat(it.policies()).hasValue(Set.of("NoRetryAction"));
      assertThat(it.userRequestMask()).hasValue(Set.of("RESTORE"));
      assertThat(it.groupRequestMask()).hasValue(Set.of("RESTORE"));
      assertThat(it.otherRequestMask()).hasValue(Set.of("RESTORE"));
      assertThat(it.parameters())
          .containsEntry("remove_archive_on_last_unlink", "0")
          .containsEntry("policy", "NonBlockingRestore [NoRetryAction]")
          .doesNotContainKeys("actions", "agents", "active_requests");
      assertThat(it.actions()).hasValue(List.of());
      assertThat(it.agents()).hasValue(List.of());
      assertThat(it.unknown()).isEmpty();
      assertThat(it.inferredLostSlots()).hasValue(0);
    }
  }

  @Test
  void masksAndPolicies_areTheWordsThatAreSet() throws IOException {
    serve("hsm/params.all_hsm.txt");
    ServerFolder.write(
        root,
        Map.of(
            "mdt.lustre-MDT0000.hsm.policy", "[NonBlockingRestore] NoRetryAction [Newer]",
            "mdt.lustre-MDT0000.hsm.user_request_mask", "RESTORE ARCHIVE RELEASE ",
            "mdt.lustre-MDT0000.hsm.other_request_mask", "",
            "mdt.lustre-MDT0000.hsm.max_requests", "many",
            "mdt.lustre-MDT0000.hsm.of_a_newer_release", "7"));
    HsmCoordinator it = server().coordinator(0);
    assertThat(it.policies()).hasValue(Set.of("NonBlockingRestore", "Newer"));
    assertThat(it.userRequestMask()).hasValue(Set.of("RESTORE", "ARCHIVE", "RELEASE"));
    assertThat(it.otherRequestMask()).hasValue(Set.of());
    assertThat(it.maxRequests()).isEmpty();
    assertThat(it.parameters())
        .containsEntry("max_requests", "many")
        .containsEntry("of_a_newer_release", "7");
  }

  @Test
  void slotsThatNoAgentHas_areInferred() throws IOException {
    serve("hsm/params.after_agent_exit.txt");
    HsmCoordinator it = server().coordinator(0);
    long started = it.actions().orElseThrow().stream().filter(CoordinatorAction::isStarted).count();
    assertThat(started).isPositive();
    assertThat(it.inferredLostSlots()).hasValue(started);
    assertThat(it.control()).hasValue("enabled");
  }

  @Test
  void listsThatCannotBeRead_areEmptyAndNothingIsInferred() throws IOException {
    ServerFolder.write(root, Map.of("mdt.lustre-MDT0003.hsm_control", "stopped"));
    assertThat(server().mdts()).containsExactly(3);
    HsmCoordinator it = server().coordinator(3);
    assertThat(it.control()).hasValue("stopped");
    assertThat(it.actions()).isEmpty();
    assertThat(it.agents()).isEmpty();
    assertThat(it.maxRequests()).isEmpty();
    assertThat(it.policies()).isEmpty();
    assertThat(it.inferredLostSlots()).isEmpty();
    ProviderException e =
        catchThrowableOfType(ProviderException.class, () -> server().changelogUsers(3));
    assertThat(e.kind()).isEqualTo(ErrorKind.DENIED);
    assertThat(e).hasMessageContaining("mdd.lustre-MDT0003.changelog_users");
    assertThat(catchThrowableOfType(OnServerOnlyException.class, () -> server().coordinator(0)))
        .as("an MDT of another server")
        .isNotNull();
  }

  @Test
  void changelogUsers_areTold() throws IOException {
    serve("hsm/params.all_hsm.txt", "changelog/fsops.params.txt");
    assertThat(server().changelogUsers(0))
        .isEqualTo(
            new ChangelogUsers(
                98L, List.of(new ChangelogUser("cl1", 0, Duration.ofSeconds(15))), List.of()));
    serve("changelog/hsm.params.txt");
    assertThat(server().changelogUsers(0).lastIndex()).hasValue(540);
  }

  @Test
  void othersFileSystems_andOtherFolders_areNotItsMdts() throws IOException {
    for (String name :
        List.of("lustre2-MDT0000", "lustre-MDT1", "lustre-MDT0000x", "MDT0000", "lustre-OST0000")) {
      Files.createDirectories(root.resolve("proc/fs/lustre/mdt").resolve(name));
    }
    Files.createDirectories(root.resolve("sys/kernel/debug/lustre/mdt/lustre-MDT00ff"));
    assertThat(server().mdts()).containsExactly(255);
  }
}
