// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.DirectoryCursor;
import io.kmesh.spi.posix.DirectoryEntry;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** Steps that many checks of trees share. */
final class PosixSteps {
  static final Set<OpenFlag> NEW = Set.of(OpenFlag.CREATE, OpenFlag.READ, OpenFlag.WRITE);
  static final Set<OpenFlag> READ = Set.of(OpenFlag.READ);

  private PosixSteps() {}

  static PathBytes name(String text) {
    return PathBytes.of(text);
  }

  static PathBytes name(int... bytes) {
    byte[] all = new byte[bytes.length];
    for (int i = 0; i < all.length; i++) {
      all[i] = (byte) bytes[i];
    }
    return PathBytes.of(all);
  }

  static PathBytes repeated(char c, int count) {
    return PathBytes.of(String.valueOf(c).repeat(count));
  }

  /** Makes a file that holds these bytes. */
  static void makeFile(PosixDirectory directory, PathBytes name, byte... content)
      throws IOException {
    try (PosixFile file = directory.openFile(name, NEW)) {
      file.write(ByteBuffer.wrap(content), 0);
    }
  }

  static byte[] content(PosixDirectory directory, PathBytes name) throws IOException {
    try (PosixFile file = directory.openFile(name, READ)) {
      return content(file);
    }
  }

  static byte[] content(PosixFile file) throws IOException {
    ByteBuffer all = ByteBuffer.allocate(Math.toIntExact(file.stat().size()));
    while (all.hasRemaining()) {
      assertThat(file.read(all, all.position())).as("bytes read").isPositive();
    }
    return all.array();
  }

  static List<DirectoryEntry> entries(PosixDirectory directory) throws IOException {
    List<DirectoryEntry> all = new ArrayList<>();
    try (DirectoryCursor cursor = directory.entries()) {
      for (List<DirectoryEntry> batch = cursor.next(); !batch.isEmpty(); batch = cursor.next()) {
        all.addAll(batch);
      }
    }
    return all;
  }

  static List<PathBytes> names(PosixDirectory directory) throws IOException {
    return entries(directory).stream().map(DirectoryEntry::name).toList();
  }

  /** Asserts that a call fails with one of these errno. */
  static ProviderException assertErrno(ThrowingCallable call, Errno... allowed) {
    Throwable thrown = catchThrowable(call);
    assertThat(thrown).isInstanceOf(ProviderException.class);
    ProviderException failure = (ProviderException) thrown;
    assertThat(failure.errno()).as(failure.toString()).isPresent();
    assertThat(failure.errno().orElseThrow()).as(failure.toString()).isIn((Object[]) allowed);
    return failure;
  }

  /** Removes an entry and what is below it, in whatever mode it is. */
  static void removeAll(PosixDirectory parent, PathBytes name) throws IOException {
    FileStat stat = parent.stat(name);
    if (stat.type() != FileType.DIRECTORY) {
      parent.unlink(name);
      return;
    }
    if ((stat.mode() & 0700) != 0700) {
      parent.setMode(name, 0700);
    }
    try (PosixDirectory directory = parent.openDirectory(name)) {
      for (PathBytes below : names(directory)) {
        removeAll(directory, below);
      }
    }
    parent.removeDirectory(name);
  }
}
