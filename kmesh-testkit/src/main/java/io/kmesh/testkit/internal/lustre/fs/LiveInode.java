// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.fs;

import io.kmesh.lustre.Fid;
import io.kmesh.spi.posix.PosixFile;
import java.io.IOException;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;

/** What is in memory of an inode that is in use: its open handles and its object. */
final class LiveInode {
  final Fid fid;

  /** Shared by those who read the data, exclusive for those who change or replace them. */
  final ReentrantReadWriteLock data = new ReentrantReadWriteLock();

  /** Calls and handles that hold this; guarded by the map of {@link LiveInodes}. */
  int users;

  /** Open handles; guarded by this. */
  int handles;

  /** Open handles that may write; guarded by this. */
  int writers;

  /** Data were changed and no close has settled it yet. Guarded by {@link #data}, exclusively. */
  boolean modified;

  /** No new handle is given: the inode is being freed. Guarded by this. */
  boolean freeing;

  /** The last name went away while it was open: free it at the last close. Guarded by this. */
  boolean unlinked;

  private @Nullable PosixFile object;
  private long objectGeneration;

  LiveInode(Fid fid) {
    this.fid = fid;
  }

  /** The open object of an inode that has one. The caller holds a lock of {@link #data}. */
  synchronized PosixFile object(Backing backing, Inode inode) throws IOException {
    PosixFile open = object;
    if (open != null && objectGeneration == inode.generation) {
      return open;
    }
    closeObject();
    PosixFile opened = backing.openObject(fid, inode.generation);
    // A killed process may have written behind the size that it then did not store.
    if (opened.stat().size() > inode.size) {
      opened.truncate(inode.size);
    }
    object = opened;
    objectGeneration = inode.generation;
    return opened;
  }

  /** Takes over the object of a new generation. The caller holds {@link #data} exclusively. */
  synchronized void adopt(PosixFile opened, long generation) throws IOException {
    closeObject();
    object = opened;
    objectGeneration = generation;
  }

  /** Closes the object. The caller holds {@link #data} exclusively, or nobody uses this. */
  synchronized void closeObject() throws IOException {
    PosixFile open = object;
    object = null;
    objectGeneration = 0;
    if (open != null) {
      open.close();
    }
  }
}
