// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.fs;

import io.kmesh.lustre.Fid;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.lustre.LustreIdentity;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.PosixInode;
import io.kmesh.testkit.internal.lustre.fs.FileData.OnStub;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** FIDs, paths, opening by FID. Thread-safe. */
final class Identity implements LustreIdentity {
  private final Core core;
  private final Names names;
  private final Opener opener;
  private final Attributes attributes;
  private final Walk walk;

  Identity(Core core, Names names, Attributes attributes, Opener opener, Walk walk) {
    this.core = core;
    this.attributes = attributes;
    this.names = names;
    this.opener = opener;
    this.walk = walk;
  }

  @Override
  public String fileSystemName() {
    return core.shape.name();
  }

  @Override
  public List<Integer> mdts() {
    List<Integer> all = new ArrayList<>();
    for (int i = 0; i < core.inodes.mdts(); i++) {
      all.add(i);
    }
    return all;
  }

  @Override
  public Fid fid(PathBytes path) throws IOException {
    return walk.fid(path);
  }

  @Override
  public Fid fid(PosixInode open) throws IOException {
    if (open instanceof SimHandle handle && handle.core() == core) {
      return handle.fid();
    }
    throw Failures.of(
        Errno.EINVAL,
        "tell the FID of",
        open,
        "it is not open in this file system",
        "Open it through this binding's tree.");
  }

  @Override
  public Fid fid(PosixDirectory directory, PathBytes name) throws IOException {
    if (directory instanceof SimDirectory own && own.core() == core) {
      return own.fidOf(name);
    }
    return LustreIdentity.super.fid(directory, name);
  }

  @Override
  public long project(Fid fid) throws IOException {
    return core.inodes.read(fid).project;
  }

  @Override
  public void changeProject(Fid fid, long project) throws IOException {
    if (project < 0 || project > 0xffffffffL) {
      throw Failures.of(
          Errno.EINVAL,
          "give to the project " + project,
          fid,
          "a project id has 32 bits",
          "Use 0 to 4294967295.");
    }
    attributes.changeProject(fid, project);
  }

  @Override
  public List<PathBytes> paths(Fid fid) throws IOException {
    List<PathBytes> paths = names.paths(fid);
    if (paths.isEmpty()) {
      throw Failures.gone(fid);
    }
    return paths;
  }

  @Override
  public FileStat stat(Fid fid) throws IOException {
    return core.stat(fid);
  }

  @Override
  public PosixFile open(Fid fid, Set<OpenFlag> flags) throws IOException {
    if (flags.contains(OpenFlag.CREATE) || flags.contains(OpenFlag.EXCLUSIVE)) {
      throw Failures.of(
          Errno.EINVAL, "create by FID", fid, "a FID names what exists", "Create by path.");
    }
    if (!core.caller.isPrivileged()) {
      throw Failures.of(
          Errno.EPERM,
          "open by FID",
          fid,
          "user " + core.caller.uid() + " may not do it",
          "Open by path, or run as user 0.");
    }
    return opener.openFile(fid, fid, flags, OnStub.RESTORE, 0);
  }

  @Override
  public int mdt(Fid fid) throws IOException {
    return core.mdt(core.inodes.read(fid).fid);
  }
}
