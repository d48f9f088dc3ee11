// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.stub;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.kmesh.lustre.jna.JnaLustreFacts;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.lustre.CopytoolSession;
import io.kmesh.spi.lustre.LustreBinding;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * One copytool per client, over two processes: the refusal names the one that holds the lock, and
 * {@code kill -9} of it gives the lock up, whatever it has started lives on. Run by {@link
 * StubbedLustreContractTest}.
 */
class StubCopytoolKillChecks {
  @TempDir Path directory;
  private final StubMount mount = new StubMount();

  private Process holder() throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-XX:TieredStopAtLevel=1");
    for (String property :
        List.of("kmesh.native-directory", "kmesh.run-directory", "kmesh.lustre.library")) {
      command.add("-D" + property + "=" + System.getProperty(property));
    }
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(StubCopytoolHolder.class.getName());
    command.add(Files.createDirectory(directory.resolve("other")).toString());
    // The stub is before its libc too: it has this process's environment.
    return new ProcessBuilder(command)
        .redirectError(directory.resolve("holder.log").toFile())
        .start();
  }

  private String said(Process process) throws IOException {
    BufferedReader out = process.inputReader(UTF_8);
    String line = out.readLine();
    assertThat(line).as("%s", Files.readString(directory.resolve("holder.log"))).isNotNull();
    return line;
  }

  @Test
  void lock_whileItsHolderLives_namesIt_andKillGivesItUp() throws Exception {
    LustreBinding lustre = mount.open(directory);
    Process holder = holder();
    ProcessHandle grandchild = null;
    try {
      grandchild = ProcessHandle.of(Long.parseLong(said(holder))).orElseThrow();
      for (int i = 0; i < 2; i++) {
        ProviderException e =
            catchThrowableOfType(
                ProviderException.class, () -> lustre.copytools().register(Set.of()));
        assertThat(e.errno()).hasValue(Errno.EEXIST);
        assertThat(e.kind()).isEqualTo(ErrorKind.EXISTS);
        assertThat(e.getMessage())
            .contains("process " + holder.pid() + " (")
            .contains(JnaLustreFacts.copytoolLock(directory.resolve("mnt")).toString())
            .endsWith("End it first.");
      }
      holder.destroyForcibly().waitFor();
      assertThat(grandchild.isAlive()).as("what it has started").isTrue();
      try (CopytoolSession session = lustre.copytools().register(Set.of())) {
        assertThat(
                catchThrowableOfType(
                        ProviderException.class, () -> lustre.copytools().register(Set.of()))
                    .getMessage())
            .contains("process " + ProcessHandle.current().pid() + " (")
            .doesNotContain("process " + holder.pid() + " ");
        assertThat(session).isNotNull();
      }
      lustre.copytools().register(Set.of()).close();
    } finally {
      holder.destroyForcibly().waitFor();
      if (grandchild != null) {
        grandchild.destroyForcibly();
      }
      lustre.close();
    }
    assertThat(mount.stub().openHandles()).isZero();
  }

  /** What another process sees between the lock and the name of its holder. */
  @Test
  void lock_beforeItsHolderWroteItsName_isNotSaidToBeAnEarlierOnes() throws Exception {
    LustreBinding lustre = mount.open(directory);
    Path file = JnaLustreFacts.copytoolLock(directory.resolve("mnt"));
    lustre.copytools().register(Set.of()).close();
    assertThat(file).isEmptyFile();
    for (String name : List.of("", "process 4194399 (java)\n")) {
      Files.writeString(file, name);
      Process taking =
          pastTheStub(
              new ProcessBuilder(
                  "flock", "-x", file.toString(), "bash", "-c", "echo ready; exec cat"));
      try {
        assertThat(taking.inputReader(UTF_8).readLine()).isEqualTo("ready");
        assertThat(
                catchThrowableOfType(
                        ProviderException.class, () -> lustre.copytools().register(Set.of()))
                    .getMessage())
            .contains("a process that is just taking it")
            .contains(name.isEmpty() ? "just taking it holds" : "after process 4194399 (java)");
      } finally {
        taking.getOutputStream().close();
        taking.waitFor();
      }
    }
    lustre.close();
    assertThat(mount.stub().openHandles()).isZero();
  }

  /** A copytool that is not Kmesh's, as far as it can be seen: it holds .lustre/fid open. */
  @Test
  void foreignCopytool_isRefusedAtStart_byItsName() throws Exception {
    LustreBinding lustre = mount.open(directory);
    String byFid = directory.resolve("mnt").toRealPath() + "/.lustre/fid";
    ProcessBuilder builder =
        new ProcessBuilder(
            "bash", "-c", "mkdir -p \"$0\" && exec 9<\"$0\" && echo ready && exec cat", byFid);
    builder.redirectError(directory.resolve("holder.log").toFile());
    Process foreign = pastTheStub(builder);
    try {
      assertThat(said(foreign)).isEqualTo("ready");
      ProviderException e =
          catchThrowableOfType(
              ProviderException.class, () -> lustre.copytools().register(Set.of()));
      assertThat(e.errno()).hasValue(Errno.EEXIST);
      assertThat(e.getMessage())
          .contains("not Kmesh's")
          .contains("process " + foreign.pid() + " (")
          .endsWith("End it first.");
      assertThat(JnaLustreFacts.foreignCopytools(directory.resolve("mnt")))
          .singleElement()
          .asString()
          .startsWith("process " + foreign.pid() + " (");
      foreign.destroyForcibly().waitFor();
      lustre.copytools().register(Set.of()).close();
    } finally {
      foreign.destroyForcibly().waitFor();
      lustre.close();
      pastTheStub(new ProcessBuilder("rm", "-r", directory.resolve("mnt") + "/.lustre")).waitFor();
    }
    assertThat(mount.stub().openHandles()).isZero();
  }

  /** Starts a process that sees the disk, on which the stub has no .lustre. */
  private static Process pastTheStub(ProcessBuilder builder) throws IOException {
    builder.environment().remove("LD_PRELOAD");
    return builder.start();
  }
}
