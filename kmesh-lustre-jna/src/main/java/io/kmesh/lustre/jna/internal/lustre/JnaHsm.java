// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.lustre;

import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.CurrentAction;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmActionKind;
import io.kmesh.lustre.HsmFlag;
import io.kmesh.lustre.HsmState;
import io.kmesh.lustre.Layout;
import io.kmesh.lustre.jna.internal.Calls;
import io.kmesh.lustre.jna.internal.Handles;
import io.kmesh.lustre.jna.internal.Linux;
import io.kmesh.lustre.jna.internal.NativeBuffer;
import io.kmesh.lustre.jna.internal.Scratch;
import io.kmesh.lustre.jna.internal.wire.Abi;
import io.kmesh.lustre.jna.internal.wire.AbiConstants;
import io.kmesh.lustre.jna.internal.wire.HsmStructs;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.lustre.HsmRequest;
import io.kmesh.spi.lustre.ImportAttributes;
import io.kmesh.spi.lustre.LustreHsm;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixInode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** The client side of HSM, by liblustreapi. Thread-safe. */
final class JnaHsm implements LustreHsm {
  /** The state is written through a descriptor that may write and asks for no objects. */
  private static final int CHANGE =
      Linux.O_WRONLY | Linux.O_NONBLOCK | AbiConstants.O_LOV_DELAY_CREATE | Calls.NOFOLLOW;

  private static final int PATH_AT = 4096;
  private static final int ITEM_COUNT_AT =
      Abi.HsmUserRequest.HUR_REQUEST + Abi.HsmRequest.HR_ITEMCOUNT;

  private static final String STATE_IN = "read the HSM state of";

  private final LustreMount mount;
  private final Targets targets;
  private final JnaIdentity identity;
  private volatile HsmState last = HsmState.NONE;

  JnaHsm(LustreMount mount, Targets targets, JnaIdentity identity) {
    this.mount = mount;
    this.targets = targets;
    this.identity = identity;
  }

  private void require(String action, Object object) throws IOException {
    mount.library().require(HsmCalls.class, action, object);
  }

  // ---- states

  @Override
  public HsmState state(Fid fid) throws IOException {
    String action = "read the HSM state of";
    require(action, fid);
    Scratch scratch = Scratch.ofThread();
    mount.onFile(
        fid, LustreMount.LOOK, action, fd -> HsmCalls.llapi_hsm_state_get_fd(fd, scratch.out()));
    return read(scratch);
  }

  @Override
  public HsmState state(PosixInode open) throws IOException {
    String action = "read the HSM state of";
    require(action, open);
    Scratch scratch = Scratch.ofThread();
    LustreMount.check(
        Handles.call(open, action, fd -> HsmCalls.llapi_hsm_state_get_fd(fd, scratch.out())),
        action,
        open);
    return read(scratch);
  }

  @Override
  public HsmState state(PosixDirectory directory, PathBytes name) throws IOException {
    require(STATE_IN, directory);
    int fd = Handles.openAt(directory, name, LustreMount.LOOK, 0);
    if (fd == -Linux.EPERM) {
      fd = Handles.openAt(directory, name, LustreMount.LOOK & ~Linux.O_NOATIME, 0);
    }
    Scratch scratch = Scratch.ofThread();
    int r = fd;
    if (fd >= 0) {
      try {
        r = HsmCalls.llapi_hsm_state_get_fd(fd, scratch.out());
      } finally {
        Calls.close(fd);
      }
    }
    if (r < 0) {
      throw LustreFailures.of(STATE_IN + " " + name + " in", directory, r);
    }
    return read(scratch);
  }

  /** What is in progress is not read from it: Lustre leaves that empty. */
  private HsmState read(Scratch scratch) {
    int bits = scratch.outInt(Abi.HsmUserState.HUS_STATES);
    int archive = scratch.outInt(Abi.HsmUserState.HUS_ARCHIVE_ID) & Integer.MAX_VALUE;
    // A scan meets the same state again and again: it is made once.
    HsmState before = last;
    if (before.bits() == bits && before.archiveId().value() == archive) {
      return before;
    }
    HsmState now = new HsmState(bits, ArchiveId.of(archive));
    last = now;
    return now;
  }

  @Override
  public void changeState(Fid fid, Set<HsmFlag> set, Set<HsmFlag> clear, ArchiveId archiveId)
      throws IOException {
    String action = "change the HSM state of";
    require(action, fid);
    int setMask = HsmState.of(ArchiveId.ANY, set.toArray(HsmFlag[]::new)).bits();
    int clearMask = HsmState.of(ArchiveId.ANY, clear.toArray(HsmFlag[]::new)).bits();
    boolean namesArchive = !archiveId.equals(ArchiveId.ANY);
    if (namesArchive) {
      requireExists(fid, action, setMask, clearMask, archiveId);
    }
    int fd = mount.open(fid, CHANGE, action);
    try {
      int r = HsmCalls.llapi_hsm_state_set_fd(fd, setMask, clearMask, archiveId.value());
      if (r < 0) {
        throw refusedState(fid, action, r, set, clear);
      }
    } finally {
      Calls.close(fd);
    }
    if (namesArchive && !state(fid).archiveId().equals(archiveId)) {
      throw LustreFailures.of(
          action,
          fid,
          Linux.EINVAL,
          "Lustre said that it did and kept the archive id that was there",
          "Look at its state; it was changed meanwhile. Then try again.");
    }
  }

  /** Without EXISTS Lustre drops the whole change and reports success. */
  private void requireExists(
      Fid fid, String action, int setMask, int clearMask, ArchiveId archiveId) throws IOException {
    int after = (state(fid).bits() | setMask) & ~clearMask;
    if ((after & AbiConstants.HS_EXISTS) == 0) {
      throw LustreFailures.of(
          action,
          fid,
          Linux.EINVAL,
          "the archive id "
              + archiveId
              + " is kept only together with the flag EXISTS; Lustre"
              + " would drop the whole change without an error",
          "Set EXISTS too, or pass no archive id.");
    }
  }

  private IOException refusedState(
      Fid fid, String action, int r, Set<HsmFlag> set, Set<HsmFlag> clear) {
    if (r == -Linux.EINVAL) {
      return LustreFailures.of(
          action,
          fid,
          r,
          "setting "
              + set
              + " and clearing "
              + clear
              + " gives a combination that is not allowed"
              + " (DIRTY needs EXISTS; RELEASED needs ARCHIVED and no DIRTY; LOST needs ARCHIVED),"
              + " or a flag that this release does not know",
          "Read its state first, then set what fits.");
    }
    if (r == -Linux.EPERM) {
      return LustreFailures.of(
          action,
          fid,
          r,
          "others than NORELEASE, NOARCHIVE and DIRTY may be changed by root only",
          "Run it as root.");
    }
    return LustreFailures.of(action, fid, r);
  }

  @Override
  public CurrentAction currentAction(Fid fid) throws IOException {
    String action = "read the current HSM action of";
    require(action, fid);
    try (NativeBuffer buffer = NativeBuffer.take()) {
      // The library has a path form alone, and would follow a link.
      mount.onFile(
          fid,
          LustreMount.LOOK,
          action,
          fd ->
              HsmCalls.llapi_hsm_current_action(
                  CText.write(buffer, PATH_AT, PathBytes.of("/proc/self/fd/" + fd)),
                  buffer.address()));
      return HsmStructs.currentAction(buffer.bytes());
    }
  }

  // ---- requests

  @Override
  public void request(HsmRequest request) throws IOException {
    if (request.action() == HsmActionKind.RELEASE) {
      // The client releases them one after the other anyway; so the one that fails is known.
      for (Fid fid : request.fids()) {
        send(new HsmRequest(request.action(), request.archiveId(), List.of(fid), new byte[0]));
      }
      return;
    }
    if (!request.fids().isEmpty()) {
      send(request);
    }
  }

  private void send(HsmRequest request) throws IOException {
    Object files =
        request.fids().size() == 1
            ? request.fids().get(0)
            : request.fids().size() + " files, the first of them " + request.fids().get(0);
    String action =
        switch (request.action()) {
          case RELEASE -> "release";
          default -> "request " + request.action().name().toLowerCase(Locale.ROOT) + " of";
        };
    require(action, files);
    int sent = 0;
    boolean isNobodyToWait = false;
    IOException failed = null;
    // An MDT whose coordinator is off, or which refuses a file, keeps nothing from the others.
    for (List<Fid> ofMdt : byMdt(request.fids())) {
      HsmRequest some =
          new HsmRequest(request.action(), request.archiveId(), ofMdt, request.payload());
      for (byte[] part : HsmStructs.requests(some, 0)) {
        int r = send(part);
        if (r == -Linux.ENODATA && request.action() == HsmActionKind.RESTORE) {
          isNobodyToWait = true;
        } else if (r < 0) {
          IOException e = refused(request, action, files, sent, r);
          if (failed == null) {
            failed = e;
          } else {
            failed.addSuppressed(e);
          }
          break;
        }
        sent += ByteBuffer.wrap(part).order(ByteOrder.LITTLE_ENDIAN).getInt(ITEM_COUNT_AT);
      }
    }
    if (failed != null) {
      throw failed;
    }
    if (isNobodyToWait) {
      throw LustreFailures.of(
          "wait for the restore of",
          files,
          Linux.ENODATA,
          "it is queued, and the policy NonBlockingRestore lets nobody wait (inferred)",
          "Look at its state later.");
    }
  }

  private int send(byte[] part) throws IOException {
    try (NativeBuffer buffer = NativeBuffer.take()) {
      buffer.bytes().put(0, part);
      return HsmCalls.llapi_hsm_request(
          CText.write(buffer, PATH_AT, mount.directory()), buffer.address());
    }
  }

  /** The files of each MDT, in their order; those whose MDT can't be told are one more. */
  private Collection<List<Fid>> byMdt(List<Fid> fids) {
    if (fids.size() == 1) {
      return List.of(fids);
    }
    Map<Integer, List<Fid>> found = new LinkedHashMap<>();
    for (Fid fid : fids) {
      found.computeIfAbsent(mdtOf(fid), mdt -> new ArrayList<>()).add(fid);
    }
    return found.values();
  }

  private int mdtOf(Fid fid) {
    try {
      return identity.mdt(fid);
    } catch (IOException e) {
      return -1; // the request says what is wrong with it
    }
  }

  private static IOException refused(
      HsmRequest request, String action, Object files, int sent, int r) {
    String before =
        sent == 0 ? "" : "; " + sent + " of them are queued, and may be more of this part";
    if (request.action() == HsmActionKind.RELEASE) {
      return switch (-r) {
        case Linux.EPERM ->
            LustreFailures.of(
                action,
                files,
                r,
                "it is not archived, is dirty, lost or marked NORELEASE, changed since it was"
                    + " archived, or belongs to somebody else",
                "Read its state, and archive it first.");
        case Linux.EBUSY ->
            LustreFailures.of(
                action, files, r, "somebody has it open", "Try again when it is closed.");
        default -> LustreFailures.of(action, files, r);
      };
    }
    return switch (-r) {
      case Linux.EPERM ->
          LustreFailures.of(
              action,
              files,
              r,
              "its HSM state does not allow that, or the coordinator's masks do not allow it to"
                  + " this user (inferred)"
                  + before,
              "Read its state; ordinary users may only restore, unless hsm.*_request_mask of the"
                  + " MDTs says more.");
      case Linux.EAGAIN ->
          LustreFailures.of(
              ErrorKind.TRANSIENT,
              action,
              files,
              r,
              "the coordinator of its MDT does not run (inferred)" + before,
              "Run on the MDS: lctl set_param mdt.*.hsm_control=enabled");
      default -> LustreFailures.of(action, files, r);
    };
  }

  // ---- data versions

  @Override
  public long dataVersion(Fid fid) throws IOException {
    String action = "read the data version of";
    require(action, fid);
    Scratch scratch = Scratch.ofThread();
    mount.onFile(fid, LustreMount.LOOK, action, fd -> dataVersion(fd, scratch));
    return scratch.outLong(0);
  }

  @Override
  public long dataVersion(PosixInode open) throws IOException {
    String action = "read the data version of";
    require(action, open);
    Scratch scratch = Scratch.ofThread();
    LustreMount.check(Handles.call(open, action, fd -> dataVersion(fd, scratch)), action, open);
    return scratch.outLong(0);
  }

  private static int dataVersion(int fd, Scratch scratch) {
    return HsmCalls.llapi_get_data_version(fd, scratch.out(), AbiConstants.LL_DV_RD_FLUSH);
  }

  // ---- stubs

  @Override
  public Fid importStub(
      PathBytes path, ArchiveId archiveId, ImportAttributes attributes, Layout layout)
      throws IOException {
    if (path.isEmpty()) {
      throw LustreFailures.of(
          "import", mount, Errno.EEXIST.code(), "that is the root", "Name a file below it.");
    }
    try (PosixDirectory parent = mount.tree().openDirectory(path.parent())) {
      return importStub(parent, path.name(), archiveId, attributes, layout);
    }
  }

  @Override
  public Fid importStub(
      PosixDirectory directory,
      PathBytes name,
      ArchiveId archiveId,
      ImportAttributes attributes,
      Layout layout)
      throws IOException {
    return new StubImport(mount, targets, this)
        .make(directory, name, archiveId, attributes, layout);
  }
}
