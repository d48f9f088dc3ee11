// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.grants;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.KmeshException;
import io.kmesh.core.internal.flows.grants.GrantDesk.Permit;
import io.kmesh.core.internal.flows.grants.GrantDesk.Role;
import io.kmesh.engine.PosixTrees;
import io.kmesh.flows.AuditEntry;
import io.kmesh.flows.AuditEntry.Action;
import io.kmesh.flows.FlowGrant;
import io.kmesh.flows.Grant;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ProviderException;
import io.kmesh.testkit.time.ManualTime;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GrantDeskTest {
  private static final PathBytes FILE = PathBytes.of("secret/run7/data");
  private static final Instant START = ManualTime.START;

  @TempDir Path dir;
  private ManualTime time = ManualTime.create();
  private GrantDesk desk;
  private final List<String> ended = new ArrayList<>();

  @BeforeEach
  void open() throws IOException {
    desk = open(dir, Role.GIVES);
    desk.listen(
        new GrantDesk.Listener() {
          @Override
          public void ended(String grant) {
            ended.add(grant);
          }
        });
  }

  private GrantDesk open(Path folder, Role role) throws IOException {
    return GrantDesk.open(
        role, PosixTrees.open(folder), SensitivePaths.of(List.of("secret")), time);
  }

  /** As the next process does, on a machine whose clock shows something else. */
  private void reopen(Instant now) throws IOException {
    desk.close();
    time = ManualTime.startingAt(now);
    open();
  }

  @AfterEach
  void close() throws IOException {
    desk.close();
  }

  private FlowGrant grant(Duration length) throws IOException {
    return desk.grant(Grant.to("alice").path("secret/run7").until(time.now().plus(length)));
  }

  private Permit permit(String who) throws IOException {
    return desk.permit(who, FILE, List.of(FILE));
  }

  private void assertRefused(String who, String... reason) {
    assertThatThrownBy(() -> permit(who))
        .isInstanceOf(AccessDeniedException.class)
        .hasMessageContaining("/" + FILE)
        .hasMessageContainingAll(reason);
  }

  private List<Action> actions() throws IOException {
    try (Stream<AuditEntry> all = desk.audit()) {
      return all.map(AuditEntry::action).toList();
    }
  }

  @Test
  void grant_countsForItsSubject_itsPath_andItsTime() throws Exception {
    assertThat(desk.guards(List.of(PathBytes.of("public/x"), FILE))).isTrue();
    assertThat(desk.guards(List.of(PathBytes.of("secrets/x")))).isFalse();
    assertRefused("alice", "alice has no grant for it");
    FlowGrant given =
        desk.grant(
            Grant.to("alice")
                .path("secret/run7")
                .from(START.plusSeconds(60))
                .until(START.plusSeconds(120)));
    assertThat(given.state()).isEqualTo(FlowGrant.State.WAITING);
    assertRefused("alice", given.id(), "counts from 2026-01-01T00:01:00Z on");
    time.advance(Duration.ofSeconds(60));
    Permit permit = permit("alice");
    assertThat(permit).isEqualTo(new Permit("alice", given.id()));
    desk.check(permit, FILE);
    assertRefused("bob", "bob has no grant");
    assertThatThrownBy(() -> desk.permit("alice", FILE, List.of(PathBytes.of("secret/run70/data"))))
        .isInstanceOf(AccessDeniedException.class);
    assertThatThrownBy(() -> desk.permit(null, FILE, List.of(FILE)))
        .hasMessageContaining("nobody was named");
    assertThat(ended).isEmpty();
    time.advance(Duration.ofSeconds(59).plusMillis(999));
    desk.check(permit, FILE);
    time.advance(Duration.ofMillis(1));
    assertThat(ended).as("at once, by the timer").containsExactly(given.id());
    assertThatThrownBy(() -> desk.check(permit, FILE))
        .isInstanceOf(AccessDeniedException.class)
        .hasMessageContaining("expired at 2026-01-01T00:02:00Z");
    assertRefused("alice", "expired at 2026-01-01T00:02:00Z");
    assertThat(desk.list()).extracting(FlowGrant::state).containsExactly(FlowGrant.State.EXPIRED);
    assertThat(actions())
        .containsExactly(
            Action.REFUSED,
            Action.GRANTED,
            Action.REFUSED,
            Action.OPENED,
            Action.REFUSED,
            Action.REFUSED,
            Action.REFUSED,
            Action.EXPIRED,
            Action.REFUSED,
            Action.REFUSED);
  }

  @Test
  void withdrawn_countsNoMore_whateverItsGiverTellsLater() throws Exception {
    FlowGrant given = grant(Duration.ofHours(1));
    ObjectNode told = desk.toJson();
    Path there = Files.createDirectory(dir.resolve("source"));
    try (GrantDesk source = open(there, Role.LEARNS)) {
      source.withdraw(given.id()); // nothing is known of it yet
      source.learn("lab", told);
      source.permit("alice", FILE, List.of(FILE));
      // Its giver told of it with a revision that is far ahead: none that follows is greater.
      ObjectNode ahead = told.deepCopy().put("revision", Long.MAX_VALUE);
      source.learn("lab", ahead);
      source.withdraw(given.id());
      assertThatThrownBy(() -> source.permit("alice", FILE, List.of(FILE)))
          .isInstanceOf(AccessDeniedException.class)
          .hasMessageContaining("was revoked");
      source.learn("lab", ahead);
    }
    try (GrantDesk source = open(there, Role.LEARNS)) {
      assertThatThrownBy(() -> source.permit("alice", FILE, List.of(FILE)))
          .isInstanceOf(AccessDeniedException.class)
          .hasMessageContaining("was revoked");
    }
  }

  @Test
  void revoked_countsNoMore_alsoInTheNextProcess() throws Exception {
    FlowGrant given = grant(Duration.ofHours(1));
    Permit permit = permit("alice");
    desk.revoke(given.id());
    desk.revoke(given.id());
    assertThat(ended).containsExactly(given.id());
    assertThatThrownBy(() -> desk.check(permit, FILE)).hasMessageContaining("was revoked at");
    reopen(START.minusSeconds(10_000));
    assertRefused("alice", "was revoked at 2026-01-01T00:00:00Z");
    assertThatThrownBy(() -> desk.revoke("x")).hasMessageContaining("there is none");
    assertThat(actions()).filteredOn(Action.REVOKED::equals).hasSize(1);
  }

  @Test
  void aClockThatIsSetBack_makesNoGrantLonger() throws Exception {
    grant(Duration.ofMinutes(10));
    Permit permit = permit("alice");
    time.advance(Duration.ofMinutes(5));
    time.jump(Duration.ofHours(-5));
    time.advance(Duration.ofMinutes(5).minusMillis(1));
    desk.check(permit, FILE);
    time.advance(Duration.ofMillis(1));
    assertThatThrownBy(() -> desk.check(permit, FILE)).hasMessageContaining("expired");
  }

  @Test
  void aClockThatIsSetForward_endsGrants_forGood() throws Exception {
    grant(Duration.ofMinutes(10));
    time.jump(Duration.ofMinutes(10));
    assertRefused("alice", "expired");
    time.jump(Duration.ofMinutes(-10));
    assertRefused("alice", "expired");
    assertThatThrownBy(() -> grant(Duration.ofMinutes(10)))
        .as("the latest time that was seen counts")
        .hasMessageContaining("that is over");
  }

  @Test
  void aClockThatIsSetBackBetweenProcesses_makesNoGrantLonger() throws Exception {
    grant(Duration.ofMinutes(10));
    time.advance(Duration.ofMinutes(9));
    reopen(START.minus(Duration.ofDays(1)));
    Permit permit = permit("alice");
    time.advance(Duration.ofSeconds(59));
    desk.check(permit, FILE);
    time.advance(Duration.ofSeconds(1));
    assertThatThrownBy(() -> desk.check(permit, FILE)).hasMessageContaining("expired");
  }

  @Test
  void whatExpiredWhileNobodyRan_endsAtTheOpening() throws Exception {
    FlowGrant given = grant(Duration.ofMinutes(10));
    reopen(START.plus(Duration.ofMinutes(10)));
    assertThat(desk.list()).extracting(FlowGrant::state).containsExactly(FlowGrant.State.EXPIRED);
    assertThat(actions()).containsExactly(Action.GRANTED, Action.EXPIRED);
    assertRefused("alice", given.id(), "expired");
  }

  @Test
  void aSource_goesByWhatItWasTold_andItsOwnClock() throws Exception {
    Path there = Files.createDirectory(dir.resolve("there"));
    try (GrantDesk source = open(there, Role.LEARNS)) {
      assertThat(source.refusal("lab", List.of(PathBytes.of("public")))).isEmpty();
      assertThat(source.refusal("lab", List.of(FILE)))
          .hasValueSatisfying(
              reason -> assertThat(reason).contains("No grant counts for /secret/run7/data"));
      FlowGrant given = grant(Duration.ofMinutes(10));
      ObjectNode before = desk.toJson();
      source.learn("lab", before);
      assertThat(source.refusal("lab", List.of(FILE))).isEmpty();
      assertThat(source.refusal("lab", List.of(FILE))).isEmpty();
      desk.revoke(given.id());
      source.learn("lab", desk.toJson());
      assertThat(source.refusal("lab", List.of(FILE))).isPresent();
      source.learn("lab", before); // late, or played again
      assertThat(source.refusal("lab", List.of(FILE))).isPresent();
      grant(Duration.ofMinutes(10));
      source.learn("lab", desk.toJson());
      assertThat(source.refusal("lab", List.of(FILE))).isEmpty();
      time.advance(Duration.ofMinutes(10));
      assertThat(source.refusal("lab", List.of(FILE))).isPresent();
      try (Stream<AuditEntry> all = source.audit()) {
        assertThat(all.map(AuditEntry::action))
            .containsExactly(
                Action.REFUSED,
                Action.GRANTED,
                Action.SENT,
                Action.REVOKED,
                Action.REFUSED,
                Action.GRANTED,
                Action.SENT,
                Action.EXPIRED,
                Action.REFUSED);
      }
    }
  }

  @Test
  void aSource_neverPutsOffAnEnd_thatItKnows() throws Exception {
    Path there = Files.createDirectory(dir.resolve("there"));
    FlowGrant given = grant(Duration.ofMinutes(10));
    try (GrantDesk source = open(there, Role.LEARNS)) {
      source.learn("lab", desk.toJson());
      ObjectNode longer = desk.toJson();
      longer.put("revision", longer.get("revision").longValue() + 1);
      ((ObjectNode) longer.get("grants").get(0))
          .put("until", START.plus(Duration.ofDays(1)).toEpochMilli());
      source.learn("lab", longer);
      time.advance(Duration.ofMinutes(10));
      assertThat(source.refusal("lab", List.of(FILE))).isPresent();
      longer.put("revision", longer.get("revision").longValue() + 1);
      source.learn("lab", longer);
      assertThat(source.refusal("lab", List.of(FILE))).isPresent();
      assertThat(source.list()).extracting(FlowGrant::id).containsExactly(given.id());
    }
  }

  @Test
  void whatIsNoGrant_isRefusedWithItsReason() throws Exception {
    assertThatThrownBy(
            () -> desk.grant(Grant.to("alice").path("public").until(START.plusSeconds(9))))
        .isInstanceOf(ProviderException.class)
        .hasMessageContaining("nothing there is sensitive");
    assertThatThrownBy(() -> desk.grant(Grant.to("alice").path("secret").until(START)))
        .hasMessageContaining("that is over");
    Grant.Draft nobody = Grant.to("a b");
    assertThatThrownBy(() -> nobody.until(START)).hasMessageContaining("\"a b\"");
    assertThatThrownBy(() -> Grant.to("alice").from(START).until(START))
        .hasMessageContaining("would end before it begins");
  }

  @Test
  void whatIsNoListOfGrants_isNotLearned() throws Exception {
    grant(Duration.ofMinutes(10));
    ObjectNode good = desk.toJson();
    for (String field : List.of("format", "revision")) {
      ObjectNode bad = good.deepCopy();
      bad.put(field, -1);
      assertThatThrownBy(() -> desk.learn("lab", bad)).isInstanceOf(ProviderException.class);
    }
    for (String field : List.of("id", "who", "path", "from", "until", "given")) {
      ObjectNode bad = good.deepCopy();
      ((ObjectNode) bad.get("grants").get(0)).put(field, "../x");
      assertThatThrownBy(() -> desk.learn("lab", bad)).isInstanceOf(ProviderException.class);
    }
  }

  @Test
  void aLogThatWasChanged_isToldByItself_andKeptBeside() throws Exception {
    grant(Duration.ofHours(1));
    permit("alice");
    permit("alice");
    desk.close();
    byte[] log = Files.readAllBytes(dir.resolve("audit"));
    byte[] changed = log.clone();
    changed[60] ^= 1;
    Files.write(dir.resolve("audit"), changed);
    reopen(START);
    assertThat(actions()).containsExactly(Action.DAMAGED);
    assertThat(dir.resolve("audit.damaged-1")).hasBinaryContent(changed);
    permit("alice"); // its grants are not lost
    desk.close();
    Files.write(dir.resolve("audit"), log); // an older one
    reopen(START);
    assertThat(actions()).containsExactly(Action.DAMAGED);
    desk.close();
    Files.delete(dir.resolve("audit"));
    reopen(START);
    try (Stream<AuditEntry> all = desk.audit()) {
      assertThat(all.map(AuditEntry::reason))
          .singleElement()
          .asString()
          .contains("The log is not there");
    }
  }

  @Test
  void aLogThatIsChangedMeanwhile_isToldByReadingIt() throws Exception {
    grant(Duration.ofHours(1));
    for (int i = 0; i < 5; i++) {
      permit("alice");
    }
    byte[] log = Files.readAllBytes(dir.resolve("audit"));
    log[log.length / 2] ^= 1;
    Files.write(dir.resolve("audit"), log);
    assertThatThrownBy(this::actions)
        .isInstanceOf(KmeshException.class)
        .hasMessageContaining("Cannot trust the audit log");
  }

  @Test
  void aDamagedFileOfGrants_letsNobodyRead() throws Exception {
    grant(Duration.ofHours(1));
    desk.close();
    byte[] book = Files.readAllBytes(dir.resolve("grants"));
    book[20] ^= 1;
    Files.write(dir.resolve("grants"), book);
    assertThatThrownBy(this::open)
        .isInstanceOf(ProviderException.class)
        .hasMessageContaining("Nothing sensitive is read until the file \"grants\"");
    Files.delete(dir.resolve("grants"));
    open();
    assertRefused("alice", "alice has no grant");
  }
}
