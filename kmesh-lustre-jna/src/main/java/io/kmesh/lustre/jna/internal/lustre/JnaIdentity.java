// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.lustre;

import io.kmesh.lustre.EntryName;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.jna.internal.Failures;
import io.kmesh.lustre.jna.internal.Handles;
import io.kmesh.lustre.jna.internal.Linux;
import io.kmesh.lustre.jna.internal.NativeBuffer;
import io.kmesh.lustre.jna.internal.Scratch;
import io.kmesh.lustre.jna.internal.wire.Abi;
import io.kmesh.lustre.jna.internal.wire.AbiConstants;
import io.kmesh.lustre.jna.internal.wire.Links;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.lustre.LustreIdentity;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.PosixInode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** FIDs, names and opening by FID, by liblustreapi. Thread-safe. */
final class JnaIdentity implements LustreIdentity {
  private static final int PATH_MAX = 4096;
  private static final int RECORD_AT = PATH_MAX;
  private static final int LINK_AT = RECORD_AT + 8;
  private static final int FID_AT = LINK_AT + 8;
  private static final int DEVICE_AT = FID_AT + 64;

  /**
   * Lustre keeps as many names in a file's xattr as fit 64 KiB; no file has more that are found.
   */
  private static final int MOST_LINKS = 65536;

  private static final int MOST_SEQUENCES = 4096;
  private static final Set<OpenFlag> FLAGS_BY_FID =
      EnumSet.of(OpenFlag.READ, OpenFlag.WRITE, OpenFlag.TRUNCATE, OpenFlag.NO_ACCESS_TIME);
  private static final PathBytes SELF = PathBytes.of(".");

  private final LustreMount mount;
  private final Targets targets;

  /** A sequence stays with its MDT for ever. */
  private final Map<Long, Integer> mdtOfSequence = new ConcurrentHashMap<>();

  JnaIdentity(LustreMount mount, Targets targets) {
    this.mount = mount;
    this.targets = targets;
  }

  @Override
  public String fileSystemName() {
    return mount.fileSystem();
  }

  @Override
  public List<Integer> mdts() throws IOException {
    return targets.mdts();
  }

  @Override
  public Fid fid(PathBytes path) throws IOException {
    if (path.isEmpty()) {
      return fid(mount.root());
    }
    PathBytes name = path.name();
    try (PosixDirectory parent = mount.tree().openDirectory(path.parent())) {
      // A path that ends in a slash names the directory itself.
      return name.isEmpty() ? fid(parent) : fid(parent, name);
    }
  }

  @Override
  public Fid fid(PosixInode open) throws IOException {
    String action = "tell the FID of";
    require(action, open);
    Scratch scratch = Scratch.ofThread();
    int r =
        Handles.call(
            open,
            action,
            fd -> {
              int found = IdentityCalls.llapi_fd2fid(fd, scratch.out());
              // Of a directory that may only be searched there is no more than its path.
              return found == -Linux.EBADF
                  ? IdentityCalls.llapi_path2fid(scratch.throughProc(fd, SELF), scratch.out())
                  : found;
            });
    LustreMount.check(r, action, open);
    return scratch.outFid();
  }

  @Override
  public Fid fid(PosixDirectory directory, PathBytes name) throws IOException {
    String action = "tell the FID of " + name + " in";
    require(action, directory);
    if (!name.isName()) {
      throw Failures.refused(
          action, directory, Errno.EINVAL, "that is not one name", "Pass one entry's name.");
    }
    Scratch scratch = Scratch.ofThread();
    int r =
        Handles.call(
            directory,
            action,
            fd -> IdentityCalls.llapi_path2fid(scratch.throughProc(fd, name), scratch.out()));
    LustreMount.check(r, action, directory);
    return scratch.outFid();
  }

  private void require(String action, Object object) throws IOException {
    mount.library().require(IdentityCalls.class, action, object);
  }

  @Override
  public List<PathBytes> paths(Fid fid) throws IOException {
    String action = "find the paths of";
    require(action, fid);
    Set<PathBytes> found = new LinkedHashSet<>();
    try (NativeBuffer buffer = NativeBuffer.take()) {
      long device = CText.write(buffer, DEVICE_AT, mount.directory());
      byte[] text = fid.toString().getBytes(StandardCharsets.US_ASCII);
      buffer.bytes().put(FID_AT, text).put(FID_AT + text.length, (byte) 0);
      buffer.bytes().putInt(LINK_AT, 0);
      for (int i = 0; i < MOST_LINKS; i++) {
        int link = buffer.bytes().getInt(LINK_AT);
        buffer.bytes().putLong(RECORD_AT, -1);
        int r =
            IdentityCalls.llapi_fid2path(
                device,
                buffer.address() + FID_AT,
                buffer.address(),
                PATH_MAX,
                buffer.address() + RECORD_AT,
                buffer.address() + LINK_AT);
        if (r < 0 && !found.isEmpty() && (r == -Linux.ENOENT || r == -Linux.ENODATA)) {
          break; // a name went away meanwhile
        }
        LustreMount.check(r, action, fid);
        found.add(relative(CText.read(buffer, 0, PATH_MAX)));
        if (buffer.bytes().getInt(LINK_AT) == link) {
          break;
        }
      }
    }
    return List.copyOf(found);
  }

  /** Lustre names the root by a slash, and some releases begin others with one. */
  private static PathBytes relative(PathBytes path) {
    byte[] bytes = path.toBytes();
    int from = 0;
    while (from < bytes.length && bytes[from] == '/') {
      from++;
    }
    return PathBytes.of(bytes, from, bytes.length - from);
  }

  /** By the object's own list of its names, where that is complete and may be read. */
  @Override
  public List<EntryName> parents(Fid fid) throws IOException {
    Optional<byte[]> value;
    try {
      value =
          mount
              .files("read the names of", fid)
              .xattr(LustreMount.nameOf(fid), PathBytes.of(AbiConstants.XATTR_NAME_LINK));
    } catch (ProviderException e) {
      if (e.kind() == ErrorKind.NOT_FOUND) {
        throw e;
      }
      value = Optional.empty();
    }
    if (value.isPresent()) {
      Links links = Links.decode(ByteBuffer.wrap(value.get()));
      if (links.areAll()) {
        return links.names().stream()
            .map(link -> new EntryName(link.parent(), link.name()))
            .toList();
      }
    }
    return LustreIdentity.super.parents(fid);
  }

  @Override
  public FileStat stat(Fid fid) throws IOException {
    return mount.files("stat", fid).stat(LustreMount.nameOf(fid));
  }

  @Override
  public PosixFile open(Fid fid, Set<OpenFlag> flags) throws IOException {
    if (!FLAGS_BY_FID.containsAll(flags)) {
      throw Failures.refused(
          "open",
          fid,
          Errno.EINVAL,
          flags + " are not all flags for a file that is there",
          "Pass READ, WRITE, TRUNCATE and NO_ACCESS_TIME only.");
    }
    return mount.files("open", fid).openFile(LustreMount.nameOf(fid), flags);
  }

  @Override
  public long project(Fid fid) throws IOException {
    String action = "read the project of";
    mount.library().require(Ioctl.class, action, fid);
    Scratch scratch = Scratch.ofThread();
    mount.onFile(
        fid,
        LustreMount.LOOK,
        action,
        fd -> Ioctls.call(fd, AbiConstants.FS_IOC_FSGETXATTR, scratch.out()));
    return scratch.outInt(Abi.Fsxattr.FSX_PROJID) & 0xffff_ffffL;
  }

  @Override
  public void changeProject(Fid fid, long project) throws IOException {
    String action = "set the project " + project + " of";
    mount.library().require(Ioctl.class, action, fid);
    if (project < 0 || project > 0xffff_fffeL) {
      throw new ProviderException(
          ErrorKind.INVALID,
          "Cannot " + action + " " + fid + ": a project is 0 to 4294967294. Pass such a number.",
          null,
          Errno.EINVAL,
          null,
          null);
    }
    mount.onFile(
        fid,
        LustreMount.LOOK,
        action,
        fd -> {
          try (NativeBuffer buffer = NativeBuffer.take()) {
            // The other attributes of the structure stay what they are.
            int r = Ioctls.call(fd, AbiConstants.FS_IOC_FSGETXATTR, buffer.address());
            if (r < 0) {
              return r;
            }
            buffer.bytes().putInt(Abi.Fsxattr.FSX_PROJID, (int) project);
            return Ioctls.call(fd, AbiConstants.FS_IOC_FSSETXATTR, buffer.address());
          }
        });
  }

  @Override
  public int mdt(Fid fid) throws IOException {
    Integer known = mdtOfSequence.get(fid.sequence());
    if (known != null) {
      return known;
    }
    String action = "tell the MDT of";
    require(action, fid);
    try (NativeBuffer buffer = NativeBuffer.take()) {
      FidMemory.write(buffer.bytes(), 0, fid);
      int r =
          Handles.call(
              mount.root(),
              action,
              fd ->
                  IdentityCalls.llapi_get_mdt_index_by_fid(
                      fd, buffer.address(), buffer.address() + Abi.LuFid.SIZE));
      LustreMount.check(r, action, fid);
      int index = buffer.bytes().getInt(Abi.LuFid.SIZE);
      if (mdtOfSequence.size() >= MOST_SEQUENCES) {
        mdtOfSequence.clear();
      }
      mdtOfSequence.put(fid.sequence(), index);
      return index;
    }
  }
}
