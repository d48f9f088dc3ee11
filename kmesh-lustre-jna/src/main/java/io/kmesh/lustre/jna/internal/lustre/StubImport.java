// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.lustre;

import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmActionKind;
import io.kmesh.lustre.Layout;
import io.kmesh.lustre.LayoutComponent;
import io.kmesh.lustre.StripePattern;
import io.kmesh.lustre.jna.internal.Calls;
import io.kmesh.lustre.jna.internal.Handles;
import io.kmesh.lustre.jna.internal.Linux;
import io.kmesh.lustre.jna.internal.NativeBuffer;
import io.kmesh.lustre.jna.internal.NativeStat;
import io.kmesh.lustre.jna.internal.Scratch;
import io.kmesh.lustre.jna.internal.wire.AbiConstants;
import io.kmesh.lustre.jna.internal.wire.HsmStructs;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.lustre.HsmRequest;
import io.kmesh.spi.lustre.ImportAttributes;
import io.kmesh.spi.posix.PosixDirectory;
import java.io.IOException;
import java.util.List;

/**
 * Makes released stubs. One with a plain layout is made by liblustreapi. One with several
 * components is made as a file, marked as archived, released, and then given its size: the import
 * of Lustre on a file that is not released reports success and leaves an empty one.
 */
final class StubImport {
  private static final int PATH_AT = 512;
  private static final int POOL_AT = 1024;
  private static final int FID_AT = 1536;

  private final LustreMount mount;
  private final Targets targets;
  private final JnaHsm hsm;

  StubImport(LustreMount mount, Targets targets, JnaHsm hsm) {
    this.mount = mount;
    this.hsm = hsm;
    this.targets = targets;
  }

  Fid make(
      PosixDirectory directory,
      PathBytes name,
      ArchiveId archiveId,
      ImportAttributes attributes,
      Layout layout)
      throws IOException {
    String action = "import " + name + " into";
    mount.library().require(ImportCalls.class, action, directory);
    if (!name.isName()) {
      throw LustreFailures.of(
          action, directory, Linux.EINVAL, "that is not one name", "Pass one entry's name.");
    }
    if (archiveId.equals(ArchiveId.ANY) || attributes.size() < 0) {
      throw LustreFailures.of(
          action,
          directory,
          Linux.EINVAL,
          "archive " + archiveId + " and a size of " + attributes.size() + " bytes name no copy",
          "Name the archive that holds it, from 1 on, and its size.");
    }
    NewFiles.requirePools(targets, action, directory, layout);
    return layout.isComposite()
        ? composite(action, directory, name, archiveId, attributes, layout)
        : plain(action, directory, name, archiveId, attributes, layout.components().get(0));
  }

  private Fid plain(
      String action,
      PosixDirectory directory,
      PathBytes name,
      ArchiveId archiveId,
      ImportAttributes attributes,
      LayoutComponent component)
      throws IOException {
    if (component.pattern() != StripePattern.RAID0) {
      throw LustreFailures.of(
          action,
          directory,
          Linux.EINVAL,
          "a stub of one component can't be of the pattern " + component.pattern(),
          "Pass a striped layout.");
    }
    try (NativeBuffer buffer = NativeBuffer.take()) {
      buffer.bytes().put(0, NativeStat.of(HsmStructs.stat(attributes)));
      long pool = 0;
      if (component.pool().isPresent()) {
        pool = CText.write(buffer, POOL_AT, PathBytes.of(component.pool().get()));
      }
      long poolAddress = pool;
      int r =
          Handles.call(
              directory,
              action,
              fd ->
                  ImportCalls.llapi_hsm_import(
                      CText.write(
                          buffer, PATH_AT, PathBytes.of("/proc/self/fd/" + fd).resolve(name)),
                      archiveId.value(),
                      buffer.address(),
                      component.stripeSize(),
                      -1,
                      component.stripeCount(),
                      0,
                      poolAddress,
                      buffer.address() + FID_AT));
      LustreMount.check(r, action, directory);
      return FidMemory.read(buffer.bytes(), FID_AT);
    }
  }

  // ---- several components

  private Fid composite(
      String action,
      PosixDirectory directory,
      PathBytes name,
      ArchiveId archiveId,
      ImportAttributes attributes,
      Layout layout)
      throws IOException {
    Fid fid = archivedFile(action, directory, name, archiveId, layout);
    try {
      hsm.request(HsmRequest.of(HsmActionKind.RELEASE, archiveId, List.of(fid)));
      giveSize(action, directory, fid, archiveId, attributes);
      return fid;
    } catch (IOException | RuntimeException | Error e) {
      NewFiles.unlink(directory, name, e);
      throw e;
    }
  }

  /** An empty file that says to be archived; closed, since an open file can't be released. */
  private Fid archivedFile(
      String action, PosixDirectory directory, PathBytes name, ArchiveId archiveId, Layout layout)
      throws IOException {
    int archived = AbiConstants.HS_EXISTS | AbiConstants.HS_ARCHIVED;
    int fd = NewFiles.create(action, directory, name, 0600, layout);
    try {
      Scratch scratch = Scratch.ofThread();
      LustreMount.check(IdentityCalls.llapi_fd2fid(fd, scratch.out()), action, directory);
      Fid fid = scratch.outFid();
      LustreMount.check(
          HsmCalls.llapi_hsm_state_set_fd(fd, archived, 0, archiveId.value()), action, directory);
      return fid;
    } catch (IOException | RuntimeException | Error e) {
      NewFiles.unlink(directory, name, e);
      throw e;
    } finally {
      Calls.close(fd);
    }
  }

  private void giveSize(
      String action,
      PosixDirectory directory,
      Fid fid,
      ArchiveId archiveId,
      ImportAttributes attributes)
      throws IOException {
    mount.library().require(Ioctl.class, action, directory);
    int flags =
        Linux.O_WRONLY | Linux.O_NONBLOCK | AbiConstants.O_LOV_DELAY_CREATE | Calls.NOFOLLOW;
    try (NativeBuffer buffer = NativeBuffer.take()) {
      buffer.bytes().put(0, HsmStructs.importStub(attributes, archiveId));
      mount.onFile(
          fid,
          flags,
          action,
          fd -> {
            int r = Ioctls.call(fd, AbiConstants.LL_IOC_HSM_IMPORT, buffer.address());
            return r < 0 ? r : HsmCalls.llapi_hsm_state_get_fd(fd, buffer.address());
          });
      if ((HsmStructs.state(buffer.bytes()).bits() & AbiConstants.HS_RELEASED) == 0) {
        throw LustreFailures.of(
            action,
            directory,
            Linux.EINVAL,
            "Lustre said that it imported it and did not release it",
            "Pass a layout of one component.");
      }
    }
  }
}
