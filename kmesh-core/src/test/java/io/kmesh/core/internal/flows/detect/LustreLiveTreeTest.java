// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.detect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.core.internal.flows.base.LocalKey;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.RenameMode;
import io.kmesh.testkit.lustre.SimulatedLustre;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LustreLiveTreeTest {
  private static final PathBytes LINK = PathBytes.of("link");
  private static final PathBytes FIFO = PathBytes.of("fifo");

  @TempDir Path dir;

  /** What can't be opened has its FID asked by path, and the base's path may be an old one. */
  @Test
  void entriesOfADirectoryThatMoved_areFoundWhereItIsNow() throws Exception {
    try (SimulatedLustre lustre = SimulatedLustre.at(dir.resolve("fs"))) {
      LustreLiveTree live = new LustreLiveTree(lustre, PathBytes.of("job"));
      try (PosixDirectory root = lustre.tree().openRoot()) {
        root.makeDirectory(PathBytes.of("job"), 0755);
        root.makeDirectory(PathBytes.of("elsewhere"), 0755);
        PosixDirectory job = root.openDirectory(PathBytes.of("job"));
        job.makeDirectory(PathBytes.of("old"), 0755);
        PosixDirectory moving = job.openDirectory(PathBytes.of("old"));
        moving.makeSymlink(LINK, PathBytes.of("to"));
        moving.makeNode(FIFO, FileType.FIFO, 0600, 0);
        FileStat link = moving.stat(LINK);
        FileStat fifo = moving.stat(FIFO);
        LocalKey linkKey = live.key(moving, LINK, PathBytes.of("old/link"), link, null);
        LocalKey fifoKey = live.key(moving, FIFO, PathBytes.of("old/fifo"), fifo, null);

        job.rename(
            PathBytes.of("old"),
            root.openDirectory(PathBytes.of("elsewhere")),
            PathBytes.of("new"),
            RenameMode.REPLACE);
        // Another one has the old path by now.
        job.makeDirectory(PathBytes.of("old"), 0755);
        try (PosixDirectory other = job.openDirectory(PathBytes.of("old"))) {
          other.makeSymlink(LINK, PathBytes.of("to"));
        }
        assertThat(live.key(moving, LINK, PathBytes.of("old/link"), link, null)).isEqualTo(linkKey);
        assertThat(live.key(moving, FIFO, PathBytes.of("old/fifo"), fifo, null)).isEqualTo(fifoKey);

        moving.unlink(LINK);
        assertThatThrownBy(() -> live.key(moving, LINK, PathBytes.of("old/link"), link, null))
            .isInstanceOfSatisfying(
                ProviderException.class, e -> assertThat(EntryLook.isGone(e)).isTrue());
      }
    }
  }
}
