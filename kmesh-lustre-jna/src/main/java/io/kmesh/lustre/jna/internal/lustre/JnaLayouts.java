// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.lustre;

import io.kmesh.lustre.Fid;
import io.kmesh.lustre.FileComponent;
import io.kmesh.lustre.FileLayout;
import io.kmesh.lustre.Layout;
import io.kmesh.lustre.jna.internal.Calls;
import io.kmesh.lustre.jna.internal.Handles;
import io.kmesh.lustre.jna.internal.Linux;
import io.kmesh.lustre.jna.internal.NativeBuffer;
import io.kmesh.lustre.jna.internal.Scratch;
import io.kmesh.lustre.jna.internal.wire.AbiConstants;
import io.kmesh.lustre.jna.internal.wire.LayoutDecoder;
import io.kmesh.lustre.jna.internal.wire.LayoutSource;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.lustre.LayoutSwap;
import io.kmesh.spi.lustre.LustreLayouts;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixInode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** Layouts of files and directories, by liblustreapi and xattrs. Thread-safe. */
final class JnaLayouts implements LustreLayouts {
  private static final PathBytes LOV = PathBytes.of(AbiConstants.XATTR_LUSTRE_LOV);
  private static final String READ = "read the layout of";

  /** As much as Linux allows a value of an xattr to have, which liblustreapi fills at most. */
  private static final int LUM_BYTES = 64 << 10;

  private static final int PATH_AT = LUM_BYTES;
  private static final int BUFFER_BYTES = LUM_BYTES + 8192;

  private final LustreMount mount;
  private final Targets targets;
  private final Migration migration;
  private final Mirrors mirrors;
  private final SwapOfLayouts swaps;

  JnaLayouts(LustreMount mount, Targets targets, JnaIdentity identity) {
    this.mount = mount;
    this.targets = targets;
    VolatileCopies copies = new VolatileCopies(mount, identity);
    this.migration = new Migration(mount, identity, copies);
    this.mirrors = new Mirrors(mount, identity, copies);
    this.swaps = new SwapOfLayouts(mount, identity);
  }

  // ---- reading

  @Override
  public FileLayout fileLayout(Fid fid) throws IOException {
    mount.files(READ, fid);
    if (mount.library().has(LayoutCalls.class)) {
      try (NativeBuffer buffer = NativeBuffer.take(BUFFER_BYTES)) {
        long path = CText.write(buffer, PATH_AT, mount.pathOf(fid));
        int r = LayoutCalls.llapi_file_get_stripe(path, buffer.address());
        if (r >= 0) {
          return LayoutDecoder.decode(ByteBuffer.wrap(buffer.copy(LUM_BYTES)), LayoutSource.FILE);
        }
        if (r == -Linux.ENODATA) {
          throw withoutLayout(fid);
        }
        // Not every release finds a file by its FID so; the xattr tells all but the objects' ids.
      }
    }
    int fd = mount.open(fid, LustreMount.LOOK, READ);
    try {
      return ofXattr(fd, fid).orElseThrow(() -> withoutLayout(fid));
    } finally {
      Calls.close(fd);
    }
  }

  private static IOException withoutLayout(Object file) {
    return LustreFailures.of(
        READ,
        file,
        Linux.ENODATA,
        "it has none yet",
        "It gets its directory's default when it is first written to.");
  }

  /** What {@code lustre.lov} says; empty when there is none. */
  private static Optional<FileLayout> ofXattr(int fd, Object object) throws IOException {
    try (NativeBuffer value = NativeBuffer.take(LUM_BYTES)) {
      long n = Calls.getxattr(fd, 0, Scratch.ofThread().second(LOV), value.address(), value.size());
      if (n == -Linux.ENODATA) {
        return Optional.empty();
      }
      LustreMount.checkLong(n, READ, object);
      return Optional.of(
          LayoutDecoder.decode(ByteBuffer.wrap(value.copy((int) n)), LayoutSource.XATTR));
    }
  }

  @Override
  public Layout layout(Fid fid) throws IOException {
    return simple(fileLayout(fid), fid);
  }

  @Override
  public Layout layout(PosixInode open) throws IOException {
    return simple(fileLayout(open), open);
  }

  @Override
  public FileLayout fileLayout(PosixInode open) throws IOException {
    FileLayout[] found = new FileLayout[1];
    Handles.call(
        open,
        READ,
        fd -> {
          found[0] = ofXattr(fd, open).orElseThrow(() -> withoutLayout(open));
          return 0;
        });
    return found[0];
  }

  /** The simpler value; of a file with mirrors the first one's. */
  private static Layout simple(FileLayout layout, Object object) throws IOException {
    Optional<Layout> simple = layout.asLayout();
    if (simple.isEmpty() && layout.mirrorCount() > 1) {
      List<FileComponent> first = layout.mirrors().get(0);
      simple = FileLayout.composite(first).asLayout();
    }
    return simple.orElseThrow(
        () ->
            LustreFailures.of(
                READ,
                object,
                Errno.EOPNOTSUPP.code(),
                "it is foreign, extends itself, or does not cover the file",
                "Read it by fileLayout(..)."));
  }

  // ---- new files and defaults

  @Override
  public Fid createFile(PathBytes path, int mode, Layout layout) throws IOException {
    if (path.isEmpty()) {
      throw LustreFailures.of(
          "create", mount, Linux.EEXIST, "that is the root", "Name a file below it.");
    }
    try (PosixDirectory parent = mount.tree().openDirectory(path.parent())) {
      return createFile(parent, path.name(), mode, layout);
    }
  }

  @Override
  public Fid createFile(PosixDirectory directory, PathBytes name, int mode, Layout layout)
      throws IOException {
    String action = "create " + name + " in";
    mount.library().require(IdentityCalls.class, action, directory);
    NewFiles.requirePools(targets, action, directory, layout);
    int fd = NewFiles.create(action, directory, name, mode, layout);
    try {
      Scratch scratch = Scratch.ofThread();
      LustreMount.check(IdentityCalls.llapi_fd2fid(fd, scratch.out()), action, directory);
      return scratch.outFid();
    } catch (IOException | RuntimeException | Error e) {
      NewFiles.unlink(directory, name, e);
      throw e;
    } finally {
      Calls.close(fd);
    }
  }

  @Override
  public Optional<Layout> directoryDefault(Fid directory) throws IOException {
    int fd = mount.open(directory, LustreMount.LOOK | Calls.DIRECTORY, READ);
    try {
      Optional<FileLayout> found = ofXattr(fd, directory);
      return found.isEmpty() ? Optional.empty() : Optional.of(simple(found.get(), directory));
    } finally {
      Calls.close(fd);
    }
  }

  @Override
  public void changeDirectoryDefault(Fid directory, Layout layout) throws IOException {
    String action = "set the default layout of";
    NewFiles.requirePools(targets, action, directory, layout);
    mount.onFile(
        directory,
        LustreMount.LOOK | Calls.DIRECTORY,
        action,
        fd -> {
          NewFiles.giveLayout(action, directory, fd, layout);
          return 0;
        });
  }

  // ---- files with data

  @Override
  public long migrate(Fid fid, Layout layout) throws IOException {
    NewFiles.requirePools(targets, "migrate", fid, layout);
    return migration.migrate(fid, layout);
  }

  @Override
  public void swap(LayoutSwap swap) throws IOException {
    swaps.run(swap);
  }

  @Override
  public void extendMirror(Fid fid, Layout layout) throws IOException {
    NewFiles.requirePools(targets, "add a mirror to", fid, layout);
    mirrors.extend(fid, layout);
  }

  @Override
  public void splitMirror(Fid fid, int mirror) throws IOException {
    mirrors.split(fid, mirror);
  }

  @Override
  public void resyncMirrors(Fid fid) throws IOException {
    mirrors.resync(fid);
  }

  @Override
  public OptionalLong firstDifference(Fid fid, int mirror, int otherMirror) throws IOException {
    return mirrors.firstDifference(fid, mirror, otherMirror);
  }
}
