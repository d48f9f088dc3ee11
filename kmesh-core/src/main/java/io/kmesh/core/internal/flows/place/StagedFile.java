// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.place;

import io.kmesh.core.internal.flows.base.LocalKey;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.PosixFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/** One file that is written under its temporary name. Thread-safe. */
final class StagedFile implements ContentSink {
  private final StagingFiles files;
  private final Staging staging;
  private final Wanted wanted;
  private final DirectoryRef directory;
  private final Directories.Lease lease;
  private final PosixFile file;
  private final FileStat stat;
  private final LocalKey key;
  private final AtomicLong end = new AtomicLong();
  private final AtomicBoolean isEnded = new AtomicBoolean();

  /** Written by many at once, and by nobody while it ends: its time would be another one. */
  private final ReadWriteLock writing = new ReentrantReadWriteLock();

  StagedFile(
      StagingFiles files,
      Staging staging,
      Wanted wanted,
      DirectoryRef directory,
      Directories.Lease lease,
      PosixFile file,
      FileStat stat,
      LocalKey key) {
    this.files = files;
    this.staging = staging;
    this.wanted = wanted;
    this.directory = directory;
    this.lease = lease;
    this.file = file;
    this.stat = stat;
    this.key = key;
  }

  Wanted wanted() {
    return wanted;
  }

  DirectoryRef directory() {
    return directory;
  }

  LocalKey key() {
    return key;
  }

  @Override
  public void write(long offset, ByteBuffer bytes) throws IOException {
    int length = bytes.remaining();
    requireInside(offset, length);
    writing.readLock().lock();
    try {
      if (length > 0 && !isEnded.get()) { // else the same bytes came over another way
        file.write(bytes, offset);
        end.accumulateAndGet(offset + length, Math::max);
      }
    } finally {
      writing.readLock().unlock();
    }
  }

  @Override
  public void hole(long offset, long length) throws IOException {
    requireInside(offset, length);
  }

  private void requireInside(long offset, long length) throws ProviderException {
    if (offset < 0 || length < 0 || offset > wanted.size() - length) {
      throw new ProviderException(
          ErrorKind.INVALID,
          "Cannot write "
              + length
              + " bytes at "
              + offset
              + " of the content "
              + wanted.content()
              + " of node "
              + wanted.node()
              + ": it has "
              + wanted.size()
              + " bytes. Have the sender's flow checked.");
    }
  }

  @Override
  public void done() throws IOException {
    writing.writeLock().lock();
    try {
      end();
    } finally {
      writing.writeLock().unlock();
    }
  }

  private void end() throws IOException {
    if (isEnded.get()) {
      return;
    }
    if (end.get() < wanted.size()) {
      file.truncate(wanted.size());
    }
    files.finish(file, stat, wanted, lease.hasInheritance());
    if (!isEnded.compareAndSet(false, true)) {
      return;
    }
    try (lease) {
      file.close();
      Staged staged =
          new Staged(
              wanted.node(),
              wanted.content(),
              wanted.attributesDot(),
              wanted.size(),
              wanted.mtime(),
              key,
              directory);
      if (!staging.finish(this, staged)) {
        staging.drop(this, lease.directory());
      }
    }
  }

  @Override
  public void close() throws IOException {
    writing.writeLock().lock();
    try {
      if (isEnded.compareAndSet(false, true)) {
        drop();
      }
    } finally {
      writing.writeLock().unlock();
    }
  }

  private void drop() throws IOException {
    try (lease) {
      try {
        file.close();
      } finally {
        staging.drop(this, lease.directory());
      }
    }
  }
}
