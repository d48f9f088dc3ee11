// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.mock;

import io.kmesh.core.internal.flows.replica.Message;
import io.kmesh.core.internal.flows.replica.Message.Action;
import io.kmesh.core.internal.flows.replica.Message.Expected;
import io.kmesh.core.internal.flows.replica.Message.Outcome;
import io.kmesh.core.internal.state.MemoryOrdered;
import io.kmesh.lustre.jna.JnaPosix;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.time.KmeshTime;
import io.kmesh.testkit.fault.FaultPlan;
import io.kmesh.testkit.fault.FaultyTree;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Somebody makes a file between the last look at its name and the rename to it: it stays. */
class EditsInARaceTest {
  @TempDir private Path directory;
  private final KmeshTime meanwhile = mock(KmeshTime.class);
  private PosixTree real;
  private SourceEdits edits;

  @BeforeEach
  void open() throws Exception {
    doAnswer(
            call -> {
              Files.writeString(directory.resolve("file"), "theirs");
              return null;
            })
        .when(meanwhile)
        .sleep(any());
    real = JnaPosix.open(directory);
  }

  private void raceAt(int rename) throws Exception {
    FaultPlan plan = FaultPlan.on("rename").after(rename - 1).delayOnce(Duration.ofSeconds(1));
    edits = EditedSource.open(FaultyTree.of(real, plan, meanwhile), new MemoryOrdered());
  }

  @AfterEach
  void close() throws Exception {
    edits.close();
    real.close();
  }

  @Test
  void newFile_isRefused() throws Exception {
    raceAt(1);
    EditedSource.send(edits, 1, "mine");
    Message.Edited edited = ask(Action.WRITE, "file", "", Expected.ABSENT, 4, 0600, new byte[0]);
    assertThat(edited.outcome()).isEqualTo(Outcome.EXISTS);
    assertThat(directory.resolve("file")).hasContent("theirs");
  }

  @Test
  void renamedFile_isRefused() throws Exception {
    Files.writeString(directory.resolve("one"), "mine");
    raceAt(1);
    Message.Edited edited = ask(Action.RENAME, "one", "file", Expected.ANY, 0, 0, new byte[0]);
    assertThat(edited.outcome()).isEqualTo(Outcome.EXISTS);
    assertThat(directory.resolve("file")).hasContent("theirs");
    assertThat(directory.resolve("one")).hasContent("mine");
  }

  @Test
  void fileThatIsWrittenBack_isPutBeside() throws Exception {
    raceAt(2); // the first one is within the hidden folder
    EditedSource.send(edits, 1, "mine");
    byte[] ticket = new BackTicket(77, 1, 0, 1, new FileTime(1_600_000_000, 5)).write();
    Message.Edited edited = ask(Action.WRITE_BACK, "file", "", Expected.ABSENT, 4, 0600, ticket);
    assertThat(edited.outcome()).isEqualTo(Outcome.BESIDE);
    assertThat(directory.resolve("file")).hasContent("theirs");
    assertThat(directory.resolve(edited.reason())).hasContent("mine");
  }

  private Message.Edited ask(
      Action action,
      String path,
      String other,
      Expected expected,
      long first,
      long second,
      byte[] value)
      throws Exception {
    return EditedSource.ask(
        edits, EditedSource.edit(1, action, path, other, expected, first, second, value));
  }
}
