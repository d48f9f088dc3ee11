// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.ChangelogUser;
import io.kmesh.lustre.ChangelogUsers;
import io.kmesh.lustre.CoordinatorAction;
import io.kmesh.lustre.CoordinatorAgent;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.jna.internal.lustre.ServerFolder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The lists of a coordinator: what a running Lustre printed at each point, and hostile lines. */
class ServerTextTest {
  private static final String LINE =
      "lrh=[type=10680000 len=144 idx=1/31] fid=[0x200000402:0x3a:0x0]"
          + " dfid=[0x200000402:0x39:0x0] compound/cookie=0x0/0x6b01585a action=RESTORE archive#=2"
          + " flags=0x4 extent=0x0-0xffffffffffffffff gid=0x0 datalen=3 status=STARTED"
          + " data=[616263]";

  @Test
  void actions_giveTheirFields() {
    CoordinatorAction action =
        new CoordinatorAction(
            Fid.parse("[0x200000402:0x3a:0x0]"),
            Fid.parse("[0x200000402:0x39:0x0]"),
            0x6b01585aL,
            "RESTORE",
            ArchiveId.of(2),
            "STARTED");
    assertThat(ServerText.actions(List.of(LINE, "")).entries()).containsExactly(action);
    assertThat(action.isStarted()).isTrue();
    assertThat(action.isWaiting()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "after_agent_exit",
        "after_cancel_no_agent",
        "after_noarchive_request",
        "after_unlink",
        "agent_archive1_only",
        "agent_registered",
        "all_hsm",
        "archive_cancelled",
        "archive_failed",
        "archive_in_progress",
        "cancel_never_answered",
        "no_agent_for_archive3",
        "restore_cancelled",
        "restore_failed",
        "restore_in_progress",
        "started_never_answered",
        "waiting_no_agent"
      })
  void lists_ofEachPointOfALife_areUnderstoodToTheLastLine(String point) {
    Map<String, String> all =
        ServerFolder.parameters(ServerFolder.captured("hsm/params." + point + ".txt"));
    for (String mdt : List.of("mdt.lustre-MDT0000.", "mdt.lustre-MDT0001.")) {
      List<String> lines = all.get(mdt + "hsm.actions").lines().toList();
      ServerText.Lines<CoordinatorAction> actions = ServerText.actions(lines);
      assertThat(actions.unknown()).isEmpty();
      assertThat(actions.entries()).hasSameSizeAs(lines);
      for (int i = 0; i < lines.size(); i++) {
        CoordinatorAction a = actions.entries().get(i);
        assertThat(lines.get(i))
            .contains(
                " fid=" + a.fid() + " dfid=" + a.dataFid() + " ",
                "/0x" + Long.toHexString(a.cookie()) + " action=" + a.action() + " ",
                " archive#=" + a.archive() + " flags",
                " status=" + a.status() + " data");
      }
      lines = all.get(mdt + "hsm.agents").lines().toList();
      ServerText.Lines<CoordinatorAgent> agents = ServerText.agents(lines);
      assertThat(agents.unknown()).isEmpty();
      assertThat(agents.entries().stream().map(ServerTextTest::printed)).isEqualTo(lines);
    }
  }

  private static String printed(CoordinatorAgent a) {
    return String.format(
        "uuid=%s archive_id=%s requests=[current:%d ok:%d errors:%d]",
        a.uuid(), a.archives(), a.current(), a.succeeded(), a.failed());
  }

  @Test
  void users_ofAllReleases() {
    ChangelogUsers users =
        ServerText.users(
            List.of(
                "current index: 12",
                "ID    index (idle seconds)",
                "cl1   7",
                "cl2-robinhood   5 (3)",
                "cl3   9 (15) mask=HSM,CREAT",
                "what is this"));
    assertThat(users.lastIndex()).hasValue(12);
    assertThat(users.users())
        .containsExactly(
            new ChangelogUser("cl1", 7, null),
            new ChangelogUser("cl2-robinhood", 5, Duration.ofSeconds(3)),
            new ChangelogUser("cl3", 9, Duration.ofSeconds(15)));
    assertThat(users.users().get(0).idle()).isEmpty();
    assertThat(users.unknown()).containsExactly("what is this");
  }

  @Test
  void linesOfAnotherForm_areKept() {
    List<String> bad =
        List.of(
            LINE.replace("0x6b01585a", "0x16b01585a6b01585a6"),
            LINE.replace("0x0/0x", ""),
            LINE.replace("archive#=2", "archive#=-1"),
            LINE.replace("fid=[0x", "fid=[0y"),
            LINE.replace(" status=", " state="),
            "x");
    assertThat(ServerText.actions(bad).unknown()).isEqualTo(bad);
    assertThat(ServerText.actions(bad).entries()).isEmpty();
    List<String> agents =
        List.of(
            "uuid=x archive_id=1 requests=[current: ok:0 errors:0]",
            "uuid=x archive_id=1 requests=[current:99999999999999999999 ok:0 errors:0]",
            "uuid=x requests=[current:1 ok:0 errors:0]");
    assertThat(ServerText.agents(agents).unknown()).isEqualTo(agents);
  }

  @Property(tries = 2000)
  void hostileLines_areUnderstoodOrKept(@ForAll("mutations") List<Integer> changes) {
    byte[] bytes =
        (LINE + "\nuuid=a archive_id=1 requests=[current:1 ok:0 errors:0]\n" + "cl1   7 (3)\n")
            .getBytes(StandardCharsets.ISO_8859_1);
    Mutations.apply(bytes, changes);
    List<String> lines = new String(bytes, StandardCharsets.ISO_8859_1).lines().toList();
    long most = lines.stream().filter(line -> !line.isBlank()).count();
    ServerText.Lines<?> actions = ServerText.actions(lines);
    assertThat(actions.entries().size() + actions.unknown().size()).isEqualTo((int) most);
    ServerText.Lines<?> agents = ServerText.agents(lines);
    assertThat(agents.entries().size() + agents.unknown().size()).isEqualTo((int) most);
    ServerText.users(lines);
  }

  @Provide
  Arbitrary<List<Integer>> mutations() {
    return Mutations.arbitrary();
  }
}
