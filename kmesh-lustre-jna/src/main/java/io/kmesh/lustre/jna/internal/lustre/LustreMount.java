// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.lustre;

import io.kmesh.lustre.Fid;
import io.kmesh.lustre.jna.internal.Calls;
import io.kmesh.lustre.jna.internal.Handles;
import io.kmesh.lustre.jna.internal.Handles.NativeCall;
import io.kmesh.lustre.jna.internal.JnaPosixTree;
import io.kmesh.lustre.jna.internal.Linux;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixTree;
import java.io.Closeable;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** One mount: its root, and the directory in which every file is found by its FID. Thread-safe. */
final class LustreMount implements Closeable {
  private static final PathBytes DOT_LUSTRE = PathBytes.of(".lustre");
  private static final PathBytes BY_FID = PathBytes.of("fid");

  /** Never waits for a lease or a FIFO, changes no access time, follows no link. */
  static final int LOOK = Linux.O_RDONLY | Linux.O_NONBLOCK | Linux.O_NOATIME | Calls.NOFOLLOW;

  private final LustreLibrary library;
  private final PathBytes directory;
  private final String fileSystem;
  private final PosixTree tree;
  private final PosixDirectory root;
  private final @Nullable PosixDirectory files;
  private final @Nullable ProviderException whyNoFiles;

  private LustreMount(
      LustreLibrary library,
      MountPoints.Mount mount,
      PosixTree tree,
      PosixDirectory root,
      @Nullable PosixDirectory files,
      @Nullable ProviderException whyNoFiles) {
    this.library = library;
    this.directory = mount.directory();
    this.fileSystem = mount.fileSystem();
    this.tree = tree;
    this.root = root;
    this.files = files;
    this.whyNoFiles = whyNoFiles;
  }

  /** Opens a mount. */
  static LustreMount open(MountPoints.Mount mount) throws IOException {
    LustreLibrary library = LustreLibrary.get();
    PosixTree tree = JnaPosixTree.open(mount.directory());
    PosixDirectory root = null;
    PosixDirectory files = null;
    ProviderException whyNot = null;
    try {
      root = tree.openRoot();
      try (PosixDirectory lustre = root.openDirectory(DOT_LUSTRE)) {
        files = lustre.openDirectory(BY_FID);
      } catch (ProviderException e) {
        // Not for everybody, and not on the mount of a subdirectory.
        whyNot = e;
      }
      return new LustreMount(library, mount, tree, root, files, whyNot);
    } catch (IOException | RuntimeException | Error e) {
      closeAll(e, root, tree);
      throw e;
    }
  }

  private static void closeAll(Throwable why, @Nullable Closeable... open) {
    for (Closeable one : open) {
      try {
        if (one != null) {
          one.close();
        }
      } catch (IOException e) {
        why.addSuppressed(e);
      }
    }
  }

  LustreLibrary library() {
    return library;
  }

  /** The absolute path of the mount point. */
  PathBytes directory() {
    return directory;
  }

  String fileSystem() {
    return fileSystem;
  }

  PosixTree tree() {
    return tree;
  }

  /** The root directory; not to be closed. */
  PosixDirectory root() {
    return root;
  }

  /** Whether files can be opened by their FID. */
  boolean opensByFid() {
    return files != null;
  }

  /**
   * The directory that holds every file under its FID; not to be closed.
   *
   * @throws ProviderException when it can't be opened by this process or on this mount
   */
  PosixDirectory files(String action, Object object) throws IOException {
    if (files == null) {
      ProviderException why = java.util.Objects.requireNonNull(whyNoFiles);
      throw new ProviderException(
          why.kind(),
          "Cannot "
              + action
              + " "
              + object
              + " by its FID: "
              + why.getMessage()
              + " Run as root, on a mount of the whole file system.",
          why,
          why.errno().orElse(null),
          null,
          null);
    }
    return files;
  }

  static PathBytes nameOf(Fid fid) {
    return PathBytes.of(fid.toString());
  }

  /** The absolute path at which a file is found by its FID. */
  PathBytes pathOf(Fid fid) {
    return directory.resolve(DOT_LUSTRE).resolve(BY_FID).resolve(nameOf(fid));
  }

  /**
   * Makes a call on a file that is opened by its FID for that; opening restores nothing.
   *
   * @param flags of open(2)
   * @param action the verb, for messages
   * @return what the call returned, which is not negative
   */
  int onFile(Fid fid, int flags, String action, NativeCall call) throws IOException {
    int fd = open(fid, flags, action);
    try {
      return check(call.on(fd), action, fid);
    } finally {
      Calls.close(fd);
    }
  }

  /** Opens a file by its FID; the caller closes the descriptor. */
  int open(Fid fid, int flags, String action) throws IOException {
    PosixDirectory all = files(action, fid);
    int fd = Handles.openAt(all, nameOf(fid), flags, 0);
    if (fd == -Linux.EPERM && (flags & Linux.O_NOATIME) != 0) {
      fd = Handles.openAt(all, nameOf(fid), flags & ~Linux.O_NOATIME, 0);
    }
    return check(fd, action, fid);
  }

  /** The result of a call, or the failure that it stands for. */
  static int check(int result, String action, Object object) throws IOException {
    if (result < 0) {
      throw LustreFailures.of(action, object, result);
    }
    return result;
  }

  /** As {@link #check}, of an offset or a number of bytes. */
  static long checkLong(long result, String action, Object object) throws IOException {
    if (result < 0) {
      throw LustreFailures.of(action, object, (int) result);
    }
    return result;
  }

  @Override
  public void close() throws IOException {
    IOException failed = new IOException("Cannot close " + this + ".");
    closeAll(failed, files, root, tree);
    if (failed.getSuppressed().length > 0) {
      throw failed;
    }
  }

  @Override
  public String toString() {
    return directory + " (" + fileSystem + ")";
  }
}
