// SPDX-License-Identifier: Apache-2.0
package io.kmesh.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * The folder of one upload in parts. Thread-safe.
 *
 * <p>Parts of one size go straight to their places in {@code data}, so that completion copies
 * nothing. Only the store that started the upload writes there, and each place once: nothing that
 * was acknowledged is ever written over. All other parts become files of their own.
 */
final class UploadFolder {
  private final StoreFiles files;
  private final Path folder;
  private final Origin origin;
  private final ReadWriteLock lock = new ReentrantReadWriteLock();
  private final PartsDigest digest = new PartsDigest();
  private final Set<Integer> claimed = new HashSet<>(); // guarded by this
  private long stride; // guarded by this; 0 until the first part came
  private boolean slotsClosed; // guarded by this
  private boolean completing; // guarded by this
  private long logEnd = -1; // guarded by the store's lock

  /** Who began an upload. */
  enum Origin {
    /** This store, since it was opened. */
    HERE,
    /** Another process, or this store before it was opened. */
    ELSEWHERE
  }

  UploadFolder(StoreFiles files, Path folder, Origin origin) {
    this.files = files;
    this.folder = folder;
    this.origin = origin;
  }

  Path folder() {
    return folder;
  }

  Path data() {
    return folder.resolve("data");
  }

  Path logFile() {
    return folder.resolve("log");
  }

  /** Whether it is neither completed nor aborted. */
  boolean isOpen() {
    return files.exists(data()) && files.exists(logFile());
  }

  /** The hash of the parts that this process writes to their places. */
  PartsDigest digest() {
    return digest;
  }

  /** Held for reading while a part is written, for writing while the parts are joined. */
  ReadWriteLock lock() {
    return lock;
  }

  /** The place in {@code data} for a part; empty when it goes to a file of its own. */
  synchronized Optional<Long> claim(int number, long size) {
    if (origin != Origin.HERE || slotsClosed || size == 0) {
      return Optional.empty();
    }
    if (stride == 0) {
      stride = size;
    }
    if (size > stride || !claimed.add(number)) {
      return Optional.empty();
    }
    return Optional.of(Math.multiplyExact(number - 1L, stride));
  }

  /** Ends writing to places; false when a completion is under way. */
  synchronized boolean beginCompletion() {
    if (completing) {
      return false;
    }
    completing = true;
    slotsClosed = true;
    return true;
  }

  /** Says that a completion ended, either way. */
  synchronized void endCompletion() {
    completing = false;
  }

  /** Whether these parts, which are all that the upload has, lie or fit in their places. */
  synchronized boolean canJoinInPlace(List<UploadLog.Part> chosen, UploadLog log) {
    if (origin != Origin.HERE || stride == 0 || chosen.size() != log.parts().size()) {
      return false;
    }
    for (int i = 0; i < chosen.size(); i++) {
      UploadLog.Part part = chosen.get(i);
      boolean isLast = i == chosen.size() - 1;
      boolean isPlaced = part.offset() == i * stride || part.offset() == UploadLog.ELSEWHERE;
      boolean fits = isLast ? part.size() <= stride : part.size() == stride;
      if (part.number() != i + 1 || !isPlaced || !fits) {
        return false;
      }
    }
    return true;
  }

  /** Reads the log. */
  UploadLog readLog() throws IOException, ObjectTrailer.DamageException {
    try (StoreFiles.Handle handle = files.openToRead(logFile())) {
      ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(handle.size()));
      handle.read(bytes, 0);
      return UploadLog.decode(bytes.flip());
    } catch (NoSuchFileException e) {
      throw e;
    }
  }

  /**
   * Appends a part's record behind the last whole one and makes it durable.
   *
   * @param exclusive the store's lock: other processes may append too
   */
  void append(UploadLog.Part part, StoreFiles.Exclusive exclusive)
      throws IOException, ObjectTrailer.DamageException {
    try (StoreFiles.Handle handle = files.openToWrite(logFile())) {
      exclusive.acquire();
      try {
        if (logEnd < 0 || handle.size() != logEnd) {
          logEnd = readLog().length();
          handle.truncate(logEnd); // what a crash tore was never acknowledged
        }
        ByteBuffer record = UploadLog.part(part);
        int length = record.remaining();
        handle.write(logEnd, record);
        logEnd += length;
      } finally {
        exclusive.release();
      }
      handle.sync();
    }
  }
}
