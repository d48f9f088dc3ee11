// SPDX-License-Identifier: Apache-2.0
package io.kmesh.store;

import io.kmesh.spi.time.KmeshTime;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/** The running system's files. Thread-safe. */
final class NioFiles implements StoreFiles {
  private static final FileAttribute<Set<PosixFilePermission>> OWNER_FILE =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
  private static final FileAttribute<Set<PosixFilePermission>> OWNER_DIRECTORY =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
  private static final Set<OpenOption> CREATE =
      Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE);
  private static final Set<OpenOption> READ =
      Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
  private static final Set<OpenOption> WRITE =
      Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);

  /**
   * What a channel is given of a heap buffer at a time. It copies that through memory of its own,
   * which it keeps for small pieces and maps anew, page fault by page fault, for large ones.
   */
  private static final int PIECE = 64 << 10;

  private final KmeshTime time;

  NioFiles(KmeshTime time) {
    this.time = time;
  }

  @Override
  public Handle create(Path file) throws IOException {
    return new ChannelHandle(FileChannel.open(file, CREATE, OWNER_FILE));
  }

  @Override
  public Handle openToRead(Path file) throws IOException {
    return new ChannelHandle(FileChannel.open(file, READ));
  }

  @Override
  public Handle openToWrite(Path file) throws IOException {
    return new ChannelHandle(FileChannel.open(file, WRITE));
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
  }

  @Override
  public boolean delete(Path file) throws IOException {
    return Files.deleteIfExists(file);
  }

  @Override
  public void makeDirectory(Path directory) throws IOException {
    Files.createDirectory(directory, OWNER_DIRECTORY);
  }

  @Override
  public boolean removeDirectory(Path directory) throws IOException {
    try {
      return Files.deleteIfExists(directory);
    } catch (DirectoryNotEmptyException e) {
      return false;
    }
  }

  @Override
  public void syncDirectory(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  @Override
  public boolean exists(Path path) {
    return Files.exists(path, LinkOption.NOFOLLOW_LINKS);
  }

  @Override
  public Optional<Instant> written(Path file) throws IOException {
    return Optional.of(Files.getLastModifiedTime(file, LinkOption.NOFOLLOW_LINKS).toInstant());
  }

  @Override
  public void list(Path directory, Consumer<String> names) throws IOException {
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
      for (Path entry : entries) {
        names.accept(String.valueOf(entry.getFileName()));
      }
    } catch (java.nio.file.DirectoryIteratorException e) {
      throw e.getCause();
    }
  }

  @Override
  public Exclusive exclusive(Path file) throws IOException {
    return ProcessLock.open(file, time);
  }

  @Override
  public Closeable hold(Path file) throws IOException {
    return HeldFile.create(file, OWNER_FILE);
  }

  @Override
  public boolean isHeld(Path file) throws IOException {
    try {
      return HeldFile.isHeld(file);
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  private record ChannelHandle(FileChannel channel) implements Handle {
    @Override
    public int read(ByteBuffer target, long offset) throws IOException {
      int total = 0;
      int limit = target.limit();
      try {
        while (target.position() < limit) {
          target.limit(Math.min(limit, target.position() + piece(target)));
          int n = channel.read(target, offset + total);
          if (n < 0) {
            break;
          }
          total += n;
        }
      } finally {
        target.limit(limit);
      }
      return total;
    }

    @Override
    public void write(long offset, ByteBuffer... sources) throws IOException {
      long left = 0;
      for (ByteBuffer source : sources) {
        left += source.remaining();
      }
      if (left <= PIECE) {
        channel.position(offset);
        while (left > 0) {
          left -= channel.write(sources);
        }
        return;
      }
      long at = offset;
      for (ByteBuffer source : sources) {
        at += write(at, source);
      }
    }

    private int write(long offset, ByteBuffer source) throws IOException {
      int total = 0;
      int limit = source.limit();
      try {
        while (source.position() < limit) {
          source.limit(Math.min(limit, source.position() + piece(source)));
          total += channel.write(source, offset + total);
        }
      } finally {
        source.limit(limit);
      }
      return total;
    }

    private static int piece(ByteBuffer buffer) {
      return buffer.isDirect() ? Integer.MAX_VALUE - buffer.position() : PIECE;
    }

    @Override
    public long size() throws IOException {
      return channel.size();
    }

    @Override
    public void truncate(long size) throws IOException {
      channel.truncate(size);
    }

    @Override
    public void sync() throws IOException {
      channel.force(false);
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }
}
