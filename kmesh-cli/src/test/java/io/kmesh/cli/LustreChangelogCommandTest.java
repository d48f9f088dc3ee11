// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.kmesh.cli.CommandLineTester.Ran;
import io.kmesh.lustre.ChangelogRecord;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.lustre.ChangelogCursor;
import io.kmesh.spi.lustre.ForwardingLustreBinding;
import io.kmesh.spi.lustre.LustreBinding;
import io.kmesh.spi.lustre.LustreChangelogs;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.testkit.lustre.SimulatedLustre;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** kmesh lustre changelog, over a simulated Lustre. */
class LustreChangelogCommandTest {
  @TempDir Path folder;
  private CommandLineTester kmesh;
  private SimulatedProvider provider;
  private SimulatedLustre lustre;
  private Path mount;

  @BeforeEach
  void open() throws IOException {
    folder = folder.toRealPath();
    kmesh = new CommandLineTester(folder);
    mount = folder.resolve("mnt");
    lustre = SimulatedLustre.builder(mount).seed(1).open();
    provider = new SimulatedProvider().mount(mount, lustre);
    kmesh.lustre = new LustreWorld(() -> List.of(provider), new FakeNatives(), folder);
    lustre.changelogAdmin().register(0, Optional.empty());
  }

  @AfterEach
  void close() throws IOException {
    lustre.close();
  }

  private void write(PathBytes path) throws IOException {
    try (PosixFile file =
        lustre.tree().openFile(path, EnumSet.of(OpenFlag.WRITE, OpenFlag.CREATE))) {
      file.write(ByteBuffer.wrap(new byte[] {'x'}), 0);
    }
  }

  @Test
  void changelog_isPrintedFromAndTo_andCleared() throws IOException {
    for (int i = 0; i < 4; i++) {
      write(PathBytes.of("f" + i));
    }
    write(PathBytes.of(new byte[] {'b', (byte) 0xff, '\n'}));
    String point = mount.toString();
    List<String> all = kmesh.ok("lustre", "changelog", point, "--mdt", "0").out().lines().toList();
    assertThat(all).hasSizeGreaterThan(5).anyMatch(line -> line.endsWith(" b\\xff\\x0a"));
    assertThat(all).allMatch(line -> line.matches("\\d+ \\d\\d[A-Z]{3,6} +[0-9:.]{18} .*"));
    String third = all.get(2).replaceFirst(" .*", "");
    assertThat(
            kmesh
                .ok("lustre", "changelog", point, "--mdt", "0", "--from", third, "--to", third)
                .out())
        .isEqualTo(all.get(2) + "\n");
    assertThat(kmesh.ok("lustre", "changelog", point).out()).startsWith("lustre-MDT0000:\n");
    JsonNode json = kmesh.ok("lustre", "changelog", point, "--json").lines().get(0);
    assertThat(json.get("mdt").asInt()).isZero();
    kmesh.ok("lustre", "changelog", point, "--mdt", "0", "--user", "cl1", "--clear", third);
    assertThat(kmesh.ok("lustre", "changelog", point, "--mdt", "0").out().lines())
        .containsExactlyElementsOf(all.subList(3, all.size()));
    Ran unknown =
        kmesh.run("lustre", "changelog", point, "--mdt", "0", "--user", "cl9", "--clear", "0");
    assertThat(unknown.code()).isNotEqualTo(ExitCode.OK);
    assertThat(unknown.err()).contains("cl9", "ENOENT");
    assertThat(kmesh.run("lustre", "changelog", point, "--mdt", "7").code())
        .isEqualTo(ExitCode.NOT_FOUND);
  }

  @Test
  void followedChangelog_showsWhatComesLater_untilItIsInterrupted() throws Exception {
    write(PathBytes.of("before"));
    provider.mount(
        mount,
        new ForwardingLustreBinding() {
          @Override
          protected LustreBinding delegate() {
            return lustre;
          }

          @Override
          public LustreChangelogs changelogs() {
            return following(super.changelogs());
          }
        });
    Ran ran = kmesh.run("lustre", "changelog", mount.toString(), "--mdt", "0", "--follow");
    assertThat(ran.code()).isEqualTo(ExitCode.INTERRUPTED);
    assertThat(ran.out()).contains(" before\n", " later\n");
  }

  /** Something happens when there is nothing to read, and an interruption when that was read. */
  private LustreChangelogs following(LustreChangelogs real) {
    return new LustreChangelogs() {
      @Override
      public ChangelogCursor open(int mdt, long fromIndex) throws IOException {
        ChangelogCursor cursor = real.open(mdt, fromIndex);
        return new ChangelogCursor() {
          @Override
          public List<ChangelogRecord> next(int limit) throws IOException {
            List<ChangelogRecord> found = cursor.next(limit);
            if (found.isEmpty()) {
              write(PathBytes.of("later"));
            } else if (found.stream().anyMatch(r -> r.name().equals(PathBytes.of("later")))) {
              kmesh.interruption.raise();
            }
            return found;
          }

          @Override
          public void close() throws IOException {
            cursor.close();
          }
        };
      }

      @Override
      public void clear(int mdt, String user, long upToIndex) {
        throw new AssertionError("nothing is cleared");
      }
    };
  }
}
