// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.grants;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.core.internal.flows.grants.GrantDesk.Permit;
import io.kmesh.core.internal.flows.grants.GrantDesk.Role;
import io.kmesh.engine.PosixTrees;
import io.kmesh.flows.AuditEntry;
import io.kmesh.flows.FlowGrant;
import io.kmesh.flows.Grant;
import io.kmesh.path.PathBytes;
import io.kmesh.testkit.fault.CrashPoint;
import io.kmesh.testkit.fault.CrashPoints;
import io.kmesh.testkit.fault.CrashableTree;
import io.kmesh.testkit.time.ManualTime;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The machine stops at each call, and loses what was not synced; its clock is set back meanwhile.
 * The next opening has all uses that were let through in a log that is whole, and lets nobody read
 * under a grant that was told as ended.
 */
@Tag("crash")
class GrantCrashTest {
  private static final PathBytes FILE = PathBytes.of("secret/data");
  private static final SensitivePaths SECRET = SensitivePaths.of(List.of("secret"));

  @TempDir private Path directory;
  private int worlds;

  private final class Working implements CrashPoints.Scenario {
    private final Path folder;
    private final ManualTime time = ManualTime.create();
    private final List<String> told = new ArrayList<>();
    private final List<String> ended = new ArrayList<>();
    private @Nullable CrashableTree crashable;

    Working() {
      try {
        folder = Files.createDirectory(directory.resolve("w" + worlds++));
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }

    @Override
    public void run(CrashPoint point) throws IOException {
      crashable = CrashableTree.of(PosixTrees.open(folder), point);
      GrantDesk desk = GrantDesk.open(Role.GIVES, crashable, SECRET, time);
      FlowGrant first = grant(desk, Duration.ofMinutes(1));
      told.add("GRANTED " + first.id());
      FlowGrant second = grant(desk, Duration.ofMinutes(5));
      told.add("GRANTED " + second.id());
      Permit permit = desk.permit("alice", FILE, List.of(FILE));
      told.add("OPENED " + permit.grant());
      desk.read(permit, FILE, 0, 10, 10);
      told.add("READ " + permit.grant());
      desk.revoke(second.id());
      ended.add(second.id());
      told.add("REVOKED " + second.id());
      time.advance(Duration.ofMinutes(1)); // what goes wrong in the timer is told by the next call
      assertThatThrownBy(() -> desk.permit("alice", FILE, List.of(FILE)))
          .isInstanceOf(AccessDeniedException.class);
      ended.add(first.id());
      told.add("EXPIRED " + first.id());
      desk.close();
    }

    private FlowGrant grant(GrantDesk desk, Duration length) throws IOException {
      return desk.grant(Grant.to("alice").path("secret").until(time.now().plus(length)));
    }

    @Override
    public void recoverAndCheck(long seed) throws IOException {
      java.util.Objects.requireNonNull(crashable).crash(seed);
      ManualTime back = ManualTime.startingAt(ManualTime.START.minus(Duration.ofDays(1)));
      try (GrantDesk desk = GrantDesk.open(Role.GIVES, PosixTrees.open(folder), SECRET, back)) {
        List<String> log;
        try (Stream<AuditEntry> all = desk.audit()) {
          log = all.map(entry -> entry.action() + " " + entry.grant()).toList();
        }
        assertThat(log.stream().filter(told::contains)).containsExactlyElementsOf(told);
        assertThat(log).noneMatch(line -> line.startsWith("DAMAGED"));
        for (FlowGrant grant : desk.list()) {
          if (ended.contains(grant.id())) {
            assertThat(grant.state()).isIn(FlowGrant.State.EXPIRED, FlowGrant.State.REVOKED);
          }
        }
        if (ended.size() == 2) {
          assertThatThrownBy(() -> desk.permit("alice", FILE, List.of(FILE)))
              .isInstanceOf(AccessDeniedException.class);
        }
      }
    }
  }

  @Test
  void atAnyCall_nothingThatEndedCountsAgain_andNoUseIsLost() {
    assertThat(CrashPoints.enumerate(Working::new, 3).crashes()).isGreaterThan(50);
  }
}
