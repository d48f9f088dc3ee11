// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.wire;

import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.CurrentAction;
import io.kmesh.lustre.Extent;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmActionKind;
import io.kmesh.lustre.HsmState;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.lustre.HsmRequest;
import io.kmesh.spi.lustre.ImportAttributes;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The structs of HSM's client side and of progress, to and from bytes. Stateless. */
public final class HsmStructs {
  /**
   * A request must be smaller than this, in bytes: a third of MDS_MAXREQSIZE, which the kernel
   * checks with E2BIG. 52 files fit when there is no payload.
   */
  public static final int REQUEST_LIMIT = 1706;

  /** The largest payload that leaves room for one file. */
  public static final int MOST_PAYLOAD =
      REQUEST_LIMIT - 1 - Abi.HsmUserRequest.SIZE - Abi.HsmUserItem.SIZE;

  private static final int REGULAR = 0100000;

  private HsmStructs() {}

  /**
   * Reads {@code struct hsm_user_state}: flags and archive. What it says of an action in progress
   * is not filled by any server.
   *
   * @throws ProviderException CORRUPT when it is cut or its archive id has 32 bits
   */
  public static HsmState state(ByteBuffer bytes) throws ProviderException {
    String object = "the HSM state of a file";
    ByteBuffer in = Wire.view(bytes);
    Wire.require(in, Abi.HsmUserState.SIZE, object);
    return new HsmState(
        in.getInt(Abi.HsmUserState.HUS_STATES),
        Wire.archiveId(in.getInt(Abi.HsmUserState.HUS_ARCHIVE_ID), object));
  }

  /**
   * Reads {@code struct hsm_current_action}. Nothing to do is: no state, done, or waiting for no
   * action. An action of a newer release leaves {@link CurrentAction#action()} empty in a phase
   * that is not IDLE.
   *
   * @throws ProviderException CORRUPT when it is cut or its state is unknown
   */
  public static CurrentAction currentAction(ByteBuffer bytes) throws ProviderException {
    String object = "the current HSM action of a file";
    ByteBuffer in = Wire.view(bytes);
    Wire.require(in, Abi.HsmCurrentAction.SIZE, object);
    int action = in.getInt(Abi.HsmCurrentAction.HCA_ACTION);
    int state = in.getInt(Abi.HsmCurrentAction.HCA_STATE);
    long length = in.getLong(Abi.HsmCurrentAction.HCA_LOCATION + Abi.HsmExtent.LENGTH);
    if (action == AbiConstants.HUA_NONE || action == 0) {
      return CurrentAction.IDLE;
    }
    return switch (state) {
      case AbiConstants.HPS_NONE, AbiConstants.HPS_DONE -> CurrentAction.IDLE;
      case AbiConstants.HPS_WAITING ->
          new CurrentAction(CurrentAction.Phase.WAITING, kind(action), 0);
      case AbiConstants.HPS_RUNNING ->
          new CurrentAction(
              CurrentAction.Phase.RUNNING, kind(action), length < 0 ? Long.MAX_VALUE : length);
      default -> throw Wire.corrupt(object, "its state is " + Integer.toUnsignedString(state));
    };
  }

  private static @Nullable HsmActionKind kind(int action) {
    return switch (action) {
      case AbiConstants.HUA_ARCHIVE -> HsmActionKind.ARCHIVE;
      case AbiConstants.HUA_RESTORE -> HsmActionKind.RESTORE;
      case AbiConstants.HUA_RELEASE -> HsmActionKind.RELEASE;
      case AbiConstants.HUA_REMOVE -> HsmActionKind.REMOVE;
      case AbiConstants.HUA_CANCEL -> HsmActionKind.CANCEL;
      default -> null;
    };
  }

  private static int code(HsmActionKind kind) {
    return switch (kind) {
      case ARCHIVE -> AbiConstants.HUA_ARCHIVE;
      case RESTORE -> AbiConstants.HUA_RESTORE;
      case RELEASE -> AbiConstants.HUA_RELEASE;
      case REMOVE -> AbiConstants.HUA_REMOVE;
      case CANCEL -> AbiConstants.HUA_CANCEL;
    };
  }

  /**
   * Writes {@code struct hsm_user_request} as often as the kernel's limit asks: each part has the
   * payload, the files are in their order. No file gives no part, since a request of none is
   * accepted and does nothing.
   *
   * @param flags bits of {@code hr_flags}, such as {@link AbiConstants#HSM_FORCE_ACTION}
   * @throws ProviderException INVALID when the payload leaves no room for a file
   */
  public static List<byte[]> requests(HsmRequest request, long flags) throws ProviderException {
    byte[] payload = request.payload();
    if (payload.length > MOST_PAYLOAD) {
      throw Wire.invalid(
          "a request to HSM",
          "its payload has " + payload.length + " bytes",
          "Give at most " + MOST_PAYLOAD + ".");
    }
    int most =
        (REQUEST_LIMIT - 1 - Abi.HsmUserRequest.SIZE - payload.length) / Abi.HsmUserItem.SIZE;
    List<Fid> fids = request.fids();
    List<byte[]> parts = new ArrayList<>((fids.size() + most - 1) / most);
    for (int from = 0; from < fids.size(); from += most) {
      List<Fid> some = fids.subList(from, Math.min(fids.size(), from + most));
      parts.add(part(request, flags, some, payload));
    }
    return parts;
  }

  private static byte[] part(HsmRequest request, long flags, List<Fid> fids, byte[] payload) {
    int items = Abi.HsmUserRequest.HUR_USER_ITEM;
    int data = items + fids.size() * Abi.HsmUserItem.SIZE;
    byte[] bytes = new byte[data + payload.length];
    ByteBuffer out = Wire.wrap(bytes);
    out.putInt(Abi.HsmRequest.HR_ACTION, code(request.action()));
    out.putInt(Abi.HsmRequest.HR_ARCHIVE_ID, request.archiveId().value());
    out.putLong(Abi.HsmRequest.HR_FLAGS, flags);
    out.putInt(Abi.HsmRequest.HR_ITEMCOUNT, fids.size());
    out.putInt(Abi.HsmRequest.HR_DATA_LEN, payload.length);
    for (int i = 0; i < fids.size(); i++) {
      int at = items + i * Abi.HsmUserItem.SIZE;
      Wire.putFid(out, at + Abi.HsmUserItem.HUI_FID, fids.get(i));
      Wire.putExtent(out, at + Abi.HsmUserItem.HUI_EXTENT, Extent.WHOLE_FILE);
    }
    out.put(data, payload);
    return bytes;
  }

  /**
   * {@code struct hsm_progress}, for the ioctl that tells a coordinator of an action.
   *
   * @param extent what was copied since the last call
   * @param flags bits such as {@link AbiConstants#HP_FLAG_COMPLETED}, 16 of them
   * @param errno 0 to 65,535; not 0 needs HP_FLAG_COMPLETED
   */
  public static byte[] progress(Fid fid, long cookie, Extent extent, int flags, int errno) {
    byte[] bytes = new byte[Abi.HsmProgress.SIZE];
    ByteBuffer out = Wire.wrap(bytes);
    Wire.putFid(out, Abi.HsmProgress.HP_FID, fid);
    out.putLong(Abi.HsmProgress.HP_COOKIE, cookie);
    Wire.putExtent(out, Abi.HsmProgress.HP_EXTENT, extent);
    out.putShort(Abi.HsmProgress.HP_FLAGS, (short) flags);
    out.putShort(Abi.HsmProgress.HP_ERRVAL, (short) errno);
    return bytes;
  }

  /**
   * {@code struct hsm_user_import}, which makes an empty file a released stub.
   *
   * @throws ProviderException INVALID for a negative size, or ids or times that do not fit
   */
  public static byte[] importStub(ImportAttributes a, ArchiveId archive) throws ProviderException {
    requireImportable(a);
    byte[] bytes = new byte[Abi.HsmUserImport.SIZE];
    ByteBuffer out = Wire.wrap(bytes);
    out.putLong(Abi.HsmUserImport.HUI_SIZE, a.size());
    out.putLong(Abi.HsmUserImport.HUI_ATIME, a.atime().seconds());
    out.putLong(Abi.HsmUserImport.HUI_MTIME, a.mtime().seconds());
    out.putInt(Abi.HsmUserImport.HUI_ATIME_NS, a.atime().nanos());
    out.putInt(Abi.HsmUserImport.HUI_MTIME_NS, a.mtime().nanos());
    out.putInt(Abi.HsmUserImport.HUI_UID, (int) a.uid());
    out.putInt(Abi.HsmUserImport.HUI_GID, (int) a.gid());
    out.putInt(Abi.HsmUserImport.HUI_MODE, REGULAR | (a.mode() & 07777));
    out.putInt(Abi.HsmUserImport.HUI_ARCHIVE_ID, archive.value());
    return bytes;
  }

  /**
   * {@code struct stat} as {@code llapi_hsm_import} reads it: type and mode, owner, group, size,
   * times; on x86-64.
   *
   * @throws ProviderException INVALID for a negative size, or ids that do not fit
   */
  public static byte[] stat(ImportAttributes a) throws ProviderException {
    requireImportable(a);
    byte[] bytes = new byte[Abi.Stat.SIZE];
    ByteBuffer out = Wire.wrap(bytes);
    out.putLong(Abi.Stat.ST_NLINK, 1);
    out.putInt(Abi.Stat.ST_MODE, REGULAR | (a.mode() & 07777));
    out.putInt(Abi.Stat.ST_UID, (int) a.uid());
    out.putInt(Abi.Stat.ST_GID, (int) a.gid());
    out.putLong(Abi.Stat.ST_SIZE, a.size());
    out.putLong(Abi.Stat.ST_ATIM, a.atime().seconds());
    out.putLong(Abi.Stat.ST_ATIM + Long.BYTES, a.atime().nanos());
    out.putLong(Abi.Stat.ST_MTIM, a.mtime().seconds());
    out.putLong(Abi.Stat.ST_MTIM + Long.BYTES, a.mtime().nanos());
    out.putLong(Abi.Stat.ST_CTIM, a.mtime().seconds());
    out.putLong(Abi.Stat.ST_CTIM + Long.BYTES, a.mtime().nanos());
    return bytes;
  }

  private static void requireImportable(ImportAttributes a) throws ProviderException {
    if (a.size() < 0) {
      throw Wire.invalid("an import", "the size is " + a.size(), "Give 0 or more bytes.");
    }
    if (a.uid() >>> 32 != 0 || a.gid() >>> 32 != 0) {
      throw Wire.invalid(
          "an import",
          "the owner is " + a.uid() + ":" + a.gid(),
          "Give ids of 32 bits, from 0 to 4294967295.");
    }
  }
}
