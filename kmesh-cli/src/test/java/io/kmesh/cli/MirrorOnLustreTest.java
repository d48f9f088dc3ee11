// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.cli.CommandLineTester.Ran;
import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.HsmFlag;
import io.kmesh.lustre.Layout;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.lustre.ImportAttributes;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.testkit.lustre.SimulatedLustre;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A mirror of a Lustre, over a simulated one: what is released is not restored by accident. */
class MirrorOnLustreTest {
  @TempDir private Path folder;
  private SimulatedLustre lustre;
  private CommandLineTester kmesh;
  private String job;
  private String store;

  @BeforeEach
  void open() throws IOException {
    folder = folder.toRealPath();
    Path mount = folder.resolve("mnt");
    lustre = SimulatedLustre.builder(mount).seed(1).open();
    kmesh = new CommandLineTester(folder);
    kmesh.lustre =
        new LustreWorld(
            () -> List.of(new SimulatedProvider().mount(mount, lustre)), new FakeNatives(), folder);
    try (PosixDirectory root = lustre.tree().openRoot()) {
      root.makeDirectory(PathBytes.of("job"), 0755);
    }
    try (PosixFile file =
        lustre
            .tree()
            .openFile(PathBytes.of("job/file"), EnumSet.of(OpenFlag.WRITE, OpenFlag.CREATE))) {
      file.write(ByteBuffer.wrap("here".getBytes(java.nio.charset.StandardCharsets.UTF_8)), 0);
    }
    lustre
        .hsm()
        .importStub(
            PathBytes.of("job/released"),
            ArchiveId.of(2),
            new ImportAttributes(0644, 0, 0, 4096, new FileTime(1, 0), new FileTime(1, 0)),
            Layout.plain(1));
    // The directory of the simulated files is not that of the names.
    Files.createDirectories(mount.resolve("job"));
    job = mount.resolve("job").toString();
    store = "mem://" + folder.getFileName() + "/x";
  }

  @AfterEach
  void close() throws IOException {
    lustre.close();
  }

  @Test
  void releasedFiles_areSkippedAndNamed_andStayReleased() throws IOException {
    Ran pushed = kmesh.run("mirror", "push", job, store, "--json");
    assertThat(pushed.code()).isEqualTo(ExitCode.PROBLEMS);
    assertThat(pushed.json().path("files").asInt()).isEqualTo(1);
    assertThat(pushed.err()).contains("released: its data are in the archive only. Recall it");
    assertThat(lustre.hsm().state(lustre.identity().fid(PathBytes.of("job/released"))).flags())
        .contains(HsmFlag.RELEASED);

    Ran compared = kmesh.run("mirror", "verify", job, store, "--json");
    assertThat(compared.json().path("equal").asInt()).isEqualTo(2);
    assertThat(compared.json().path("onlyInTree").asInt()).isEqualTo(1);
  }
}
