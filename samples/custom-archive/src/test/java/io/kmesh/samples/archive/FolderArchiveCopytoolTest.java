// SPDX-License-Identifier: Apache-2.0
package io.kmesh.samples.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.Kmesh;
import io.kmesh.copytool.Copytool;
import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.Hsm;
import io.kmesh.lustre.HsmActionKind;
import io.kmesh.lustre.HsmFlag;
import io.kmesh.lustre.HsmState;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.lustre.HsmRequest;
import io.kmesh.testkit.junit.KmeshExtension;
import io.kmesh.testkit.lustre.SimulatedLustre;
import io.kmesh.testkit.state.MemoryState;
import io.kmesh.testkit.time.RunningTime;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The site's archive behind a copytool: requests as users make them with {@code lfs hsm_*}. */
@ExtendWith(KmeshExtension.class)
class FolderArchiveCopytoolTest {
  private static final ArchiveId TAPE = ArchiveId.of(7);
  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final PathBytes FILE = PathBytes.of("data/run.h5");

  @TempDir Path folder;
  private final byte[] content = new byte[2_500_000];
  private Path tape;
  private SimulatedLustre lustre;
  private FileSystem mount;
  private MemoryState state;
  private Copytool copytool;
  private Kmesh kmesh;
  private Hsm hsm;

  @BeforeEach
  void start(Random random) throws IOException {
    tape = Files.createDirectory(folder.resolve("tape"));
    lustre = SimulatedLustre.at(folder.resolve("lustre"));
    mount = lustre.fileSystem();
    state = MemoryState.create(RunningTime.instance());
    copytool =
        Copytool.builder(lustre).state(state).archive(TAPE, new FolderArchive(tape)).start();
    kmesh = Kmesh.builder().state(state).build();
    hsm = kmesh.clusters().attach("scratch", lustre).hsm();
    random.nextBytes(content);
    Files.createDirectory(mount.getPath("/data"));
    Files.write(mount.getPath("/data/run.h5"), content);
  }

  @AfterEach
  void stop() throws IOException {
    kmesh.close();
    copytool.close();
    state.close();
    mount.close();
    lustre.close();
  }

  private void request(HsmActionKind action) throws IOException {
    lustre.hsm().request(HsmRequest.of(action, TAPE, List.of(lustre.identity().fid(FILE))));
  }

  private void archive() throws IOException {
    request(HsmActionKind.ARCHIVE);
    hsm.await(FILE, HsmState::isArchivedAndClean, LIMIT);
  }

  private List<Path> copies() throws IOException {
    try (Stream<Path> files = Files.list(tape)) {
      return files.toList();
    }
  }

  @Test
  void archiveReleaseRead_goesThroughTheFolder() throws IOException {
    archive();
    assertThat(copies()).hasSize(1).allSatisfy(copy -> assertThat(copy).hasBinaryContent(content));

    request(HsmActionKind.RELEASE);
    assertThat(hsm.state(FILE).isReleased()).isTrue();
    // A program's read blocks until the copytool has brought the bytes back.
    assertThat(Files.readAllBytes(mount.getPath("/data/run.h5"))).isEqualTo(content);
    assertThat(hsm.state(FILE).isReleased()).isFalse();
  }

  @Test
  void remove_takesTheCopy() throws IOException {
    archive();
    request(HsmActionKind.REMOVE);
    hsm.await(FILE, now -> !now.has(HsmFlag.ARCHIVED), LIMIT);

    assertThat(copies()).isEmpty();
    assertThat(Files.readAllBytes(mount.getPath("/data/run.h5"))).isEqualTo(content);
  }

  @Test
  void read_whenTheCopyIsLost_failsAndStaysReleased() throws IOException {
    archive();
    request(HsmActionKind.RELEASE);
    for (Path copy : copies()) {
      Files.delete(copy);
    }

    assertThatThrownBy(() -> Files.readAllBytes(mount.getPath("/data/run.h5")))
        .isInstanceOf(IOException.class);
    assertThat(hsm.state(FILE).isReleased()).isTrue();
  }
}
