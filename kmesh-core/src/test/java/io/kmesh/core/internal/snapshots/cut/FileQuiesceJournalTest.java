// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.cut;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.spi.ProviderException;
import io.kmesh.spi.quiesce.QuiesceHook;
import io.kmesh.spi.quiesce.ScriptHook;
import io.kmesh.testkit.time.ManualTime;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a killed process left frozen is thawed by the next one, and nothing else is. */
class FileQuiesceJournalTest {
  private static final String CUT = "0123456789abcdef";
  private static final QuiesceLimits LIMITS =
      new QuiesceLimits(Duration.ofSeconds(30), Duration.ofSeconds(30));

  @TempDir private Path directory;
  private Path folder;
  private FileQuiesceJournal journal;

  @BeforeEach
  void open() throws IOException {
    folder = directory.resolve("state/frozen");
    journal = FileQuiesceJournal.in(folder, "here");
  }

  private static long deadProcess() throws Exception {
    Process process = new ProcessBuilder("true").start();
    process.waitFor();
    return process.pid();
  }

  private void leave(String name, Optional<String> thaw, String host, long pid) throws IOException {
    Files.write(
        folder.resolve(CUT + "-" + name + ".json"),
        new FrozenSite(CUT, name, thaw, host, pid, 17).write());
  }

  private List<FrozenSite> thawLeft() throws IOException {
    return journal.thawLeft(site -> Optional.empty(), LIMITS, ManualTime.create());
  }

  @Test
  void ownSites_areNotLeft_andGoWhenThawed() throws IOException {
    QuiesceHook hook = new ScriptHook("../a name\nof ü\0", "", "true");
    journal.freezing(CUT, hook);
    try (var files = Files.list(folder)) {
      assertThat(files).hasSize(1);
    }
    assertThat(journal.left()).isEmpty();
    journal.thawed(CUT, hook);
    try (var files = Files.list(folder)) {
      assertThat(files).isEmpty();
    }
  }

  @Test
  void sitesOfAKilledProcess_areThawedByTheirCommands() throws Exception {
    Path told = directory.resolve("told");
    String command = "echo $KMESH_ACTION $KMESH_CUT > " + told;
    leave("61", Optional.of(command), "here", deadProcess());
    assertThat(journal.left()).hasSize(1);
    assertThat(thawLeft()).isEmpty();
    assertThat(told).hasContent("thaw " + CUT);
  }

  @Test
  void thawThatFails_staysInTheJournal() throws Exception {
    leave("61", Optional.of("exit 3"), "here", deadProcess());
    assertThatThrownBy(this::thawLeft).hasStackTraceContaining("ended with 3");
    assertThat(journal.left()).hasSize(1);
  }

  @Test
  void sitesOfOthers_areLeftAlone() throws Exception {
    leave("61", Optional.of("false"), "there", deadProcess());
    leave("62", Optional.empty(), "here", deadProcess());
    assertThat(thawLeft()).extracting(FrozenSite::name).containsExactly("62");
    int[] thawed = new int[1];
    QuiesceHook hook =
        new QuiesceHook() {
          @Override
          public String name() {
            return "62";
          }

          @Override
          public void freeze(String cut) {}

          @Override
          public void thaw(String cut) {
            thawed[0]++;
          }
        };
    assertThat(journal.thawLeft(site -> Optional.of(hook), LIMITS, ManualTime.create())).isEmpty();
    assertThat(thawed[0]).isEqualTo(1);
  }

  @Test
  void folderThatOthersMayWriteTo_isRefused() throws IOException {
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwx---"));
    assertThatThrownBy(() -> FileQuiesceJournal.in(folder, "here"))
        .isInstanceOf(ProviderException.class)
        .hasMessageContaining("chmod 700");
  }

  @Test
  void script_getsItsEnvironment_andItsFailureIsTold() throws Exception {
    Path told = directory.resolve("told");
    ScriptHook hook = new ScriptHook("s", "echo $KMESH_ACTION > " + told, "exit 7");
    hook.freeze(CUT);
    assertThat(told).hasContent("freeze");
    assertThatThrownBy(() -> hook.thaw(CUT)).hasMessageContaining("ended with 7");
  }

  @Test
  void script_thatIsInterrupted_isKilledWithWhatItStarted() throws Exception {
    Path pids = directory.resolve("pids");
    ScriptHook hook =
        new ScriptHook(
            "s",
            "sleep 600 & echo $! > " + pids + ".new; mv " + pids + ".new " + pids + "; wait",
            "");
    Thread thread =
        new Thread(
            () -> {
              try {
                hook.freeze(CUT);
              } catch (IOException | InterruptedException e) {
                // As the test wants.
              }
            });
    thread.start();
    while (Files.notExists(pids)) {
      Thread.onSpinWait();
    }
    long child = Long.parseLong(Files.readString(pids).trim());
    thread.interrupt();
    thread.join();
    ProcessHandle.of(child).ifPresent(p -> p.onExit().join());
    assertThat(ProcessHandle.of(child).filter(ProcessHandle::isAlive)).isEmpty();
  }

  @Test
  void site_goldenBytes() throws IOException {
    FrozenSite site = new FrozenSite(CUT, "db", Optional.of("thaw db"), "lab", 42, 1700000000000L);
    String text =
        "{\"format\":0,\"cut\":\"0123456789abcdef\",\"name\":\"db\",\"thaw\":\"thaw db\","
            + "\"host\":\"lab\",\"pid\":42,\"started\":1700000000000}";
    assertThat(new String(site.write(), StandardCharsets.UTF_8)).isEqualTo(text);
    assertThat(FrozenSite.read("f", text.getBytes(StandardCharsets.UTF_8))).isEqualTo(site);
  }

  @Test
  @Tag("fuzz")
  void site_damagedAnywhere_isAValueOrDamage() {
    byte[] good =
        new FrozenSite(CUT, "db", Optional.of("thaw db"), "lab", 42, 1700000000000L).write();
    Random random = new Random(1);
    for (int i = 0; i < 3000; i++) {
      byte[] bad = good.clone();
      for (int n = random.nextInt(4); n >= 0; n--) {
        bad[random.nextInt(bad.length)] = (byte) random.nextInt(256);
      }
      try {
        assertThat(FrozenSite.read("f", bad)).isNotNull();
      } catch (IOException e) {
        assertThat(e).isInstanceOf(ProviderException.class);
      }
    }
  }
}
