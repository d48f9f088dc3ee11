// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.fs;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** An overlay in a folder of the default file system, which one process at a time has open. */
final class NioOverlayFiles implements OverlayFiles {
  private static final String LOCK = "lock";

  private final Path folder;
  private final FileChannel lock;

  private NioOverlayFiles(Path folder, FileChannel lock) {
    this.folder = folder;
    this.lock = lock;
  }

  /** Whether a folder in which a copy is being made has such a name. */
  static boolean isOfCopy(String name) {
    return Set.of(LOCK, Journal.FILE, Journal.NEW, Overlay.DATA).contains(name);
  }

  /** Opens a folder that is there. */
  static NioOverlayFiles open(Path folder) throws IOException {
    FileChannel lock =
        FileChannel.open(folder.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      if (tryLock(lock) == null) {
        throw new ProviderException(
            ErrorKind.EXISTS,
            "Cannot open the virtual copy in "
                + folder
                + ": it is open already. Close it there first.");
      }
      return new NioOverlayFiles(folder, lock);
    } catch (IOException | RuntimeException e) {
      lock.close();
      throw e;
    }
  }

  private static @Nullable FileLock tryLock(FileChannel lock) throws IOException {
    try {
      return lock.tryLock();
    } catch (OverlappingFileLockException e) {
      return null;
    }
  }

  /** Deletes the folder itself; everything else in it is gone. */
  static void deleteFolder(Path folder) throws IOException {
    Files.deleteIfExists(folder.resolve(LOCK));
    Files.deleteIfExists(folder);
  }

  @Override
  public String where() {
    return folder.toString();
  }

  @Override
  public boolean exists(String name) {
    return Files.exists(folder.resolve(name));
  }

  @Override
  public Data open(String name) throws IOException {
    return new NioData(
        FileChannel.open(
            folder.resolve(name),
            StandardOpenOption.READ,
            StandardOpenOption.WRITE,
            StandardOpenOption.CREATE));
  }

  @Override
  public void makeFolder(String name) throws IOException {
    Files.createDirectories(folder.resolve(name));
  }

  @Override
  public void syncFolder(String name) throws IOException {
    try (FileChannel channel = FileChannel.open(folder.resolve(name), StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  @Override
  public void rename(String from, String to) throws IOException {
    Files.move(folder.resolve(from), folder.resolve(to), StandardCopyOption.ATOMIC_MOVE);
  }

  @Override
  public void delete(String name) throws IOException {
    Files.deleteIfExists(folder.resolve(name));
  }

  @Override
  public List<String> list(String name) throws IOException {
    try (Stream<Path> files = Files.list(folder.resolve(name))) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Override
  public void close() throws IOException {
    lock.close();
  }

  private record NioData(FileChannel channel) implements Data {
    @Override
    public int read(ByteBuffer target, long offset) throws IOException {
      int done = 0;
      while (target.hasRemaining()) {
        int count = channel.read(target, offset + done);
        if (count < 0) {
          break;
        }
        done += count;
      }
      return done;
    }

    @Override
    public void write(ByteBuffer source, long offset) throws IOException {
      long at = offset;
      while (source.hasRemaining()) {
        at += channel.write(source, at);
      }
    }

    @Override
    public void truncate(long size) throws IOException {
      channel.truncate(size);
    }

    @Override
    public long size() throws IOException {
      return channel.size();
    }

    @Override
    public void sync() throws IOException {
      channel.force(true);
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }
}
