// SPDX-License-Identifier: Apache-2.0
package io.kmesh.store;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The folder of files of this process that are not objects yet, and the end of those that dead
 * processes left. Thread-safe.
 */
final class Staging implements Closeable {
  private static final String OWNER = "owner";

  private final StoreFiles files;
  private final Path session;
  private final Closeable held;
  private final AtomicLong numbers = new AtomicLong();

  private Staging(StoreFiles files, Path session, Closeable held) {
    this.files = files;
    this.session = session;
    this.held = held;
  }

  /** Begins a session. The caller holds the store's lock, so that nobody collects it half-made. */
  static Staging begin(StoreFiles files, Path folder, String name) throws IOException {
    Path session = folder.resolve(name);
    files.makeDirectory(session);
    return new Staging(files, session, files.hold(session.resolve(OWNER)));
  }

  /** Deletes the sessions that no living process holds. The caller holds the store's lock. */
  static void collect(StoreFiles files, Path folder) throws IOException {
    List<String> sessions = new ArrayList<>();
    files.list(folder, sessions::add);
    for (String name : sessions) {
      Path session = folder.resolve(name);
      if (!files.isHeld(session.resolve(OWNER))) {
        deleteTree(files, session);
      }
    }
  }

  /** Deletes a directory with the files in it, and directories of files. */
  static void deleteTree(StoreFiles files, Path directory) throws IOException {
    List<String> names = new ArrayList<>();
    try {
      files.list(directory, names::add);
    } catch (NoSuchFileException e) {
      return;
    } catch (java.nio.file.NotDirectoryException e) {
      files.delete(directory);
      return;
    }
    for (String name : names) {
      deleteTree(files, directory.resolve(name));
    }
    files.removeDirectory(directory);
  }

  /** A new name in the session. */
  Path next() {
    return session.resolve(Long.toString(numbers.getAndIncrement()));
  }

  /** Ends the session and deletes what is left of it. */
  @Override
  public void close() throws IOException {
    try (held) {
      deleteTree(files, session);
    }
  }
}
