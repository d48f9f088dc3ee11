// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.posix;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.posix.DirectoryCursor;
import io.kmesh.spi.posix.DirectoryEntry;
import io.kmesh.spi.posix.FileType;
import java.io.IOException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads a directory through a stream of its own; asks each entry by that handle for its inode. */
final class NioCursor implements DirectoryCursor {
  private static final int BATCH = 1_000;

  /** How the JDK prints a file key; the only way to the inode by handle. */
  private static final Pattern KEY = Pattern.compile("\\(dev=[0-9a-f]+,ino=(-?[0-9]+)\\)");

  private final PathBytes place;
  private final SecureDirectoryStream<Path> stream;
  private final Iterator<Path> paths;
  private volatile boolean closed;

  NioCursor(PathBytes place, SecureDirectoryStream<Path> stream) {
    this.place = place;
    this.stream = stream;
    this.paths = stream.iterator();
  }

  @Override
  public List<DirectoryEntry> next() throws IOException {
    if (closed) {
      throw NioFailures.of("list", place, Errno.EBADF, "the cursor is closed", "Open it again.");
    }
    List<DirectoryEntry> batch = new ArrayList<>();
    try {
      while (batch.size() < BATCH && paths.hasNext()) {
        Path name = paths.next().getFileName();
        DirectoryEntry entry = name == null ? null : entry(name);
        if (entry != null) {
          batch.add(entry);
        }
      }
    } catch (IOException | RuntimeException e) {
      throw NioFailures.of("list", place, e);
    }
    return batch;
  }

  /** Null when it vanished since it was listed. */
  private @Nullable DirectoryEntry entry(Path name) throws IOException {
    try {
      BasicFileAttributes attributes =
          stream
              .getFileAttributeView(name, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
              .readAttributes();
      Matcher key = KEY.matcher(String.valueOf(attributes.fileKey()));
      if (!key.matches()) {
        throw NioFailures.unsupported("list", place, "its file keys do not tell inodes here");
      }
      return new DirectoryEntry(
          RawPaths.bytesOf(name), Long.parseLong(key.group(1)), type(attributes));
    } catch (NoSuchFileException e) {
      return null;
    }
  }

  private static @Nullable FileType type(BasicFileAttributes attributes) {
    if (attributes.isRegularFile()) {
      return FileType.REGULAR;
    } else if (attributes.isDirectory()) {
      return FileType.DIRECTORY;
    }
    return attributes.isSymbolicLink() ? FileType.SYMLINK : null;
  }

  @Override
  public void close() {
    closed = true;
    try {
      stream.close();
    } catch (IOException e) {
      // Nothing was written through it: there is nothing to lose.
    }
  }
}
