// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.place;

import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.PosixCapability;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixTree;
import java.io.Closeable;
import java.io.IOException;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The open directories of a tree, the last used of them. Each is opened below its parent's handle
 * and proves by its key that it is the one that is meant, so no link and no directory that somebody
 * put in its way leads elsewhere. Thread-safe.
 */
final class Directories implements Closeable {
  private static final PathBytes DEFAULT_ACL = PathBytes.of("system.posix_acl_default");

  private final PosixTree tree;
  private final LocalKeys keys;
  private final int most;
  private final boolean hasAcls;
  private final LinkedHashMap<NodeId, Entry> open = // guarded by this
      new LinkedHashMap<>(64, 0.75f, true);
  private boolean isClosed; // guarded by this

  private static final class Entry {
    private final DirectoryRef ref;
    private final PosixDirectory directory;
    private final boolean isInherited;
    private int users;
    private boolean isDropped;

    Entry(DirectoryRef ref, PosixDirectory directory, boolean isInherited) {
      this.ref = ref;
      this.directory = directory;
      this.isInherited = isInherited;
    }
  }

  /** A handle in use. Closed once. */
  final class Lease implements Closeable {
    private final Entry entry;

    private Lease(Entry entry) {
      this.entry = entry;
    }

    PosixDirectory directory() {
      return entry.directory;
    }

    /** Whether what is made here gets an access control list that nobody asked for. */
    boolean hasInheritance() {
      return entry.isInherited;
    }

    @Override
    public void close() throws IOException {
      giveBack(entry);
    }
  }

  /**
   * None is open yet.
   *
   * @param most the most handles that are kept open without a user
   */
  Directories(PosixTree tree, LocalKeys keys, int most) {
    this.tree = tree;
    this.keys = keys;
    this.most = most;
    this.hasAcls = tree.capabilities().contains(PosixCapability.ALL_XATTRS);
  }

  /**
   * A handle of a directory.
   *
   * @throws ProviderException with ESTALE when another object is there; ENOENT when none; TRANSIENT
   *     when this was closed
   */
  Lease lease(DirectoryRef ref) throws IOException {
    synchronized (this) {
      if (isClosed) {
        throw new ProviderException(
            ErrorKind.TRANSIENT,
            "Cannot open the directory "
                + ref.path()
                + ": the end of the flow is closed. It goes on when it is opened again.");
      }
      Entry entry = open.get(ref.id());
      if (entry != null && entry.ref.key().equals(ref.key())) {
        entry.users++;
        return new Lease(entry);
      }
    }
    PosixDirectory opened;
    if (ref.parent() == null) {
      opened = tree.openRoot();
    } else {
      try (Lease above = lease(ref.parent())) {
        opened = above.directory().openDirectory(ref.name());
      }
    }
    Entry entry;
    try {
      if (!keys.of(opened, opened.stat()).equals(ref.key())) {
        throw new ProviderException(
            Errno.ESTALE,
            "Cannot open the directory "
                + ref.path()
                + ": another one is there than the flow placed. Put it back, or have the tree"
                + " audited.");
      }
      entry = new Entry(ref, opened, isInherited(opened));
    } catch (IOException | RuntimeException | Error e) {
      opened.close();
      throw e;
    }
    return keep(entry);
  }

  private boolean isInherited(PosixDirectory directory) throws IOException {
    try {
      return hasAcls && directory.xattr(DEFAULT_ACL).isPresent();
    } catch (ProviderException e) {
      if (e.kind() != ErrorKind.UNSUPPORTED && e.kind() != ErrorKind.DENIED) {
        throw e;
      }
      return false;
    }
  }

  private Lease keep(Entry entry) throws IOException {
    Entry replaced;
    Entry idle;
    synchronized (this) {
      entry.users++;
      entry.isDropped = isClosed; // nobody would close it else
      replaced = isClosed ? null : open.put(entry.ref.id(), entry);
      if (replaced != null) {
        replaced.isDropped = true;
        replaced = replaced.users == 0 ? replaced : null;
      }
      idle = open.size() > most ? oldestIdle() : null;
    }
    try {
      close(replaced);
    } finally {
      close(idle);
    }
    return new Lease(entry);
  }

  private static void close(@org.jspecify.annotations.Nullable Entry entry) throws IOException {
    if (entry != null) {
      entry.directory.close();
    }
  }

  private @org.jspecify.annotations.Nullable Entry oldestIdle() {
    Iterator<Map.Entry<NodeId, Entry>> entries = open.entrySet().iterator();
    while (entries.hasNext()) {
      Entry entry = entries.next().getValue();
      if (entry.users == 0) {
        entries.remove();
        return entry;
      }
    }
    return null;
  }

  private void giveBack(Entry entry) throws IOException {
    boolean isLast;
    synchronized (this) {
      entry.users--;
      isLast = entry.users == 0 && entry.isDropped;
    }
    if (isLast) {
      entry.directory.close();
    }
  }

  /** Gives up the handle of a directory that goes, or whose attributes for new entries changed. */
  void forget(NodeId id) throws IOException {
    Entry entry;
    synchronized (this) {
      entry = open.remove(id);
      if (entry != null) {
        entry.isDropped = true;
        entry = entry.users == 0 ? entry : null;
      }
    }
    close(entry);
  }

  @Override
  public void close() throws IOException {
    synchronized (this) {
      isClosed = true;
    }
    forgetAll();
  }

  /** Gives up all handles; they are opened again when they are asked for. */
  void forgetAll() throws IOException {
    while (true) {
      NodeId id;
      synchronized (this) {
        if (open.isEmpty()) {
          return;
        }
        id = open.keySet().iterator().next();
      }
      forget(id);
    }
  }
}
