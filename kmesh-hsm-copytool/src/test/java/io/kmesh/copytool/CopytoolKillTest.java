// SPDX-License-Identifier: Apache-2.0
package io.kmesh.copytool;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.CurrentAction;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmActionKind;
import io.kmesh.lustre.HsmFlag;
import io.kmesh.lustre.HsmState;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.lustre.HsmRequest;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.RenameMode;
import io.kmesh.state.SqliteState;
import io.kmesh.store.DirectoryStore;
import io.kmesh.testkit.lustre.CoordinatorSettings;
import io.kmesh.testkit.lustre.SimulatedLustre;
import io.kmesh.testkit.time.RunningTime;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A process of its own, with a copytool, state and store on disk, archives files, releases them and
 * restores every second one; it is killed with SIGKILL, and the next one on the same folder goes on
 * until all is done. Every byte is there.
 */
@Tag("crash")
class CopytoolKillTest {
  private static final int FILES = 16;
  private static final ArchiveId ARCHIVE = ArchiveId.of(1);

  @TempDir Path directory;

  /** What is on disk, with a copytool that serves it. */
  private record Lab(
      SimulatedLustre lustre, SqliteState state, DirectoryStore store, Copytool copytool)
      implements AutoCloseable {
    static Lab open(Path directory) throws IOException {
      SimulatedLustre lustre =
          SimulatedLustre.builder(directory.resolve("fs"))
              .caller(0, 0)
              .coordinator(
                  CoordinatorSettings.DEFAULTS
                      .withMaxRequests(12)
                      .withLoopPeriod(Duration.ofMillis(100))
                      .withActiveRequestTimeout(Duration.ofSeconds(3)))
              .open();
      SqliteState state = SqliteState.builder(directory.resolve("kmesh.db")).open();
      DirectoryStore store = DirectoryStore.builder(directory.resolve("store")).open();
      Copytool copytool =
          Copytool.builder(lustre)
              .state(state)
              .store("ckpt", ARCHIVE, store)
              .workers(3)
              .heartbeat(Duration.ofMillis(300))
              .start();
      return new Lab(lustre, state, store, copytool);
    }

    @Override
    public void close() throws IOException {
      copytool.close();
      store.close();
      state.close();
      lustre.close();
    }
  }

  /** The process that is killed: prints a line for each step of each file, then {@code done}. */
  public static void main(String[] arguments) throws Exception {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.US_ASCII);
    try (Lab lab = Lab.open(Path.of(arguments[0]))) {
      Fid[] fids = new Fid[FILES];
      for (int i = 0; i < FILES; i++) {
        fids[i] = write(lab.lustre, i);
        out.println("written " + i);
      }
      boolean[] wasReleased = new boolean[FILES];
      int left = FILES;
      boolean[] isDone = new boolean[FILES];
      while (left > 0) {
        for (int i = 0; i < FILES; i++) {
          if (!isDone[i] && advance(lab.lustre, fids[i], i, wasReleased)) {
            isDone[i] = true;
            left--;
            out.println("finished " + i);
          }
        }
        RunningTime.instance().sleep(Duration.ofMillis(5));
      }
      out.println("done");
    }
  }

  private static byte[] content(int i) {
    byte[] bytes = new byte[1 + i * 4321];
    new Random(i).nextBytes(bytes);
    return bytes;
  }

  private static PathBytes name(int i) {
    return PathBytes.of("f" + i);
  }

  private static Fid write(SimulatedLustre lustre, int i) throws IOException {
    try (PosixDirectory root = lustre.tree().openRoot()) {
      if (root.find(name(i)).isEmpty()) {
        PathBytes temporary = PathBytes.of("temporary");
        try (PosixFile file =
            root.openFile(temporary, Set.of(OpenFlag.WRITE, OpenFlag.CREATE, OpenFlag.TRUNCATE))) {
          file.write(ByteBuffer.wrap(content(i)), 0);
        }
        root.rename(temporary, root, name(i), RenameMode.REPLACE);
      }
    }
    return lustre.identity().fid(name(i));
  }

  /** Takes a file's next step when it is due; true when there is none left. */
  private static boolean advance(SimulatedLustre lustre, Fid fid, int i, boolean[] wasReleased)
      throws IOException {
    HsmState state = lustre.hsm().state(fid);
    if (lustre.hsm().currentAction(fid).phase() != CurrentAction.Phase.IDLE) {
      return false;
    }
    if (!state.has(HsmFlag.ARCHIVED)) {
      ask(lustre, HsmActionKind.ARCHIVE, fid);
    } else if (!state.isReleased() && !wasReleased[i]) {
      wasReleased[i] = true;
      ask(lustre, HsmActionKind.RELEASE, fid);
    } else if (i % 2 == 1) {
      return true;
    } else if (state.isReleased()) {
      wasReleased[i] = true;
      ask(lustre, HsmActionKind.RESTORE, fid);
    } else {
      return true;
    }
    return false;
  }

  private static void ask(SimulatedLustre lustre, HsmActionKind action, Fid fid)
      throws IOException {
    lustre.hsm().request(HsmRequest.of(action, ARCHIVE, List.of(fid)));
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2})
  @Timeout(240)
  void work_whenTheProcessIsKilled_isGoneOnWithAndAllBytesAreThere(long seed) throws Exception {
    Random random = new Random(seed);
    // The first is killed while it archives, the second while it restores, as far as one can aim.
    run(FILES + 1 + random.nextInt(FILES / 3));
    run(FILES + FILES / 3 + random.nextInt(FILES / 2));
    assertThat(run(Integer.MAX_VALUE)).isEqualTo("done");
    try (Lab lab = Lab.open(directory)) {
      for (int i = 0; i < FILES; i++) {
        Fid fid = lab.lustre.identity().fid(name(i));
        assertThat(lab.lustre.hsm().state(fid).has(HsmFlag.ARCHIVED)).as("f%s", i).isTrue();
        assertThat(lab.lustre.hsm().state(fid).isReleased()).as("f%s", i).isEqualTo(i % 2 == 1);
        // Reading a released one restores it.
        assertThat(read(lab.lustre, fid)).as("f%s", i).isEqualTo(content(i));
      }
      assertThat(lab.lustre.coordinator().violations()).isEmpty();
      assertThat(lab.copytool.status().failed()).isZero();
    }
  }

  private static byte[] read(SimulatedLustre lustre, Fid fid) throws IOException {
    try (PosixFile file = lustre.identity().open(fid, Set.of(OpenFlag.READ))) {
      ByteBuffer all = ByteBuffer.allocate((int) file.stat().size());
      while (all.hasRemaining() && file.read(all, all.position()) > 0) {
        continue;
      }
      return all.array();
    }
  }

  /** Runs the process and kills it after so many lines; gives its last line. */
  private String run(int lines) throws Exception {
    File log = new File(directory + ".log");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:TieredStopAtLevel=1",
                "-Xshare:auto",
                "-cp",
                System.getProperty("java.class.path"),
                CopytoolKillTest.class.getName(),
                directory.toString())
            .redirectError(ProcessBuilder.Redirect.appendTo(log))
            .start();
    String last = "";
    int left = lines;
    try (BufferedReader said =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII))) {
      for (String line = said.readLine(); line != null; line = said.readLine()) {
        last = line;
        if (--left == 0) {
          // Not of the process itself, which would close what it has said.
          process.toHandle().destroyForcibly();
        }
      }
    }
    int status = process.waitFor();
    assertThat(status)
        .as("exit status after \"%s\"; errors: %s", last, Files.readString(log.toPath()))
        .isIn(0, 137);
    return last;
  }
}
