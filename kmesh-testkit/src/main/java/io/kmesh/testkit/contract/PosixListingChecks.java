// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.contract;

import static io.kmesh.testkit.contract.PosixSteps.assertErrno;
import static io.kmesh.testkit.contract.PosixSteps.entries;
import static io.kmesh.testkit.contract.PosixSteps.makeFile;
import static io.kmesh.testkit.contract.PosixSteps.name;
import static io.kmesh.testkit.contract.PosixSteps.names;
import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.posix.DirectoryCursor;
import io.kmesh.spi.posix.DirectoryEntry;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileType;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Directories are read in batches, each entry once. */
interface PosixListingChecks extends PosixFixture {
  @Test
  default void entries_whenEmpty_areNone() throws IOException {
    assertThat(names(work())).isEmpty();
  }

  @Test
  default void entries_when20000_comeOnceEachInBatches() throws IOException {
    Set<PathBytes> made = new HashSet<>();
    PathBytes target = name("nowhere");
    for (int i = 0; i < 20_000; i++) {
      PathBytes name = name("entry-with-a-name-of-usual-length-" + i);
      work().makeSymlink(name, target);
      made.add(name);
    }
    Set<PathBytes> seen = new HashSet<>();
    int total = 0;
    int batches = 0;
    try (DirectoryCursor cursor = work().entries()) {
      List<DirectoryEntry> batch = cursor.next();
      while (!batch.isEmpty()) {
        assertThat(batch).hasSizeLessThan(10_000);
        batch.forEach(entry -> seen.add(entry.name()));
        total += batch.size();
        batches++;
        batch = cursor.next();
      }
      assertThat(cursor.next()).isEmpty();
    }
    assertThat(total).isEqualTo(20_000);
    assertThat(seen).isEqualTo(made);
    assertThat(batches).isGreaterThan(2);
  }

  @Test
  default void entries_whenOfSeveralTypes_agreeWithStat() throws IOException {
    makeFile(work(), name("file"));
    work().makeDirectory(name("directory"), 0700);
    work().makeSymlink(name("link"), name("nowhere"));
    for (DirectoryEntry entry : entries(work())) {
      FileStat stat = work().stat(entry.name());
      assertThat(entry.inode()).isEqualTo(stat.inode());
      assertThat(entry.type().orElse(stat.type())).isEqualTo(stat.type());
    }
    assertThat(work().stat(name("link")).type()).isEqualTo(FileType.SYMLINK);
    assertThat(names(work()))
        .containsExactlyInAnyOrder(name("file"), name("directory"), name("link"));
  }

  @Test
  default void entries_whenTwoCursorsRun_areIndependent() throws IOException {
    for (int i = 0; i < 100; i++) {
      makeFile(work(), name("f" + i));
    }
    try (DirectoryCursor first = work().entries()) {
      int ofFirst = first.next().size();
      assertThat(names(work())).hasSize(100);
      for (List<DirectoryEntry> b = first.next(); !b.isEmpty(); b = first.next()) {
        ofFirst += b.size();
      }
      assertThat(ofFirst).isEqualTo(100);
    }
  }

  @Test
  default void entries_whenTheyAreRemovedMeanwhile_endAllTheSame() throws IOException {
    for (int i = 0; i < 3_000; i++) {
      work().makeSymlink(name("f" + i), name("nowhere"));
    }
    try (DirectoryCursor cursor = work().entries()) {
      for (List<DirectoryEntry> b = cursor.next(); !b.isEmpty(); b = cursor.next()) {
        for (DirectoryEntry entry : b) {
          work().unlink(entry.name());
        }
      }
    }
    assertThat(names(work())).isEmpty();
  }

  @Test
  default void next_whenCursorIsClosed_isRefused() throws IOException {
    DirectoryCursor cursor = work().entries();
    cursor.close();
    cursor.close();
    assertErrno(cursor::next, Errno.EBADF);
  }

  @Test
  default void next_whenDirectoryIsClosed_goesOn() throws IOException {
    makeFile(work(), name("a"));
    DirectoryCursor cursor;
    try (io.kmesh.spi.posix.PosixDirectory again = tree().openDirectory(workName())) {
      cursor = again.entries();
    }
    try (cursor) {
      assertThat(cursor.next()).hasSize(1);
    }
  }
}
