// SPDX-License-Identifier: Apache-2.0
package io.kmesh.store;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Consumer;

/** Counts each sync of a file or directory. Thread-safe. */
record SyncCountingFiles(StoreFiles files, StoreCounters counters) implements StoreFiles {
  @Override
  public Handle create(Path file) throws IOException {
    return new CountingHandle(files.create(file), counters);
  }

  @Override
  public Handle openToRead(Path file) throws IOException {
    return files.openToRead(file);
  }

  @Override
  public Handle openToWrite(Path file) throws IOException {
    return new CountingHandle(files.openToWrite(file), counters);
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    files.rename(from, to);
  }

  @Override
  public boolean delete(Path file) throws IOException {
    return files.delete(file);
  }

  @Override
  public void makeDirectory(Path directory) throws IOException {
    files.makeDirectory(directory);
  }

  @Override
  public boolean removeDirectory(Path directory) throws IOException {
    return files.removeDirectory(directory);
  }

  @Override
  public void syncDirectory(Path directory) throws IOException {
    files.syncDirectory(directory);
    counters.fsync();
  }

  @Override
  public boolean exists(Path path) {
    return files.exists(path);
  }

  @Override
  public Optional<Instant> written(Path file) throws IOException {
    return files.written(file);
  }

  @Override
  public void list(Path directory, Consumer<String> names) throws IOException {
    files.list(directory, names);
  }

  @Override
  public Exclusive exclusive(Path file) throws IOException {
    return files.exclusive(file);
  }

  @Override
  public Closeable hold(Path file) throws IOException {
    return files.hold(file);
  }

  @Override
  public boolean isHeld(Path file) throws IOException {
    return files.isHeld(file);
  }

  private record CountingHandle(Handle handle, StoreCounters counters) implements Handle {
    @Override
    public int read(ByteBuffer target, long offset) throws IOException {
      return handle.read(target, offset);
    }

    @Override
    public void write(long offset, ByteBuffer... sources) throws IOException {
      handle.write(offset, sources);
    }

    @Override
    public long size() throws IOException {
      return handle.size();
    }

    @Override
    public void truncate(long size) throws IOException {
      handle.truncate(size);
    }

    @Override
    public void sync() throws IOException {
      handle.sync();
      counters.fsync();
    }

    @Override
    public void close() throws IOException {
      handle.close();
    }
  }
}
