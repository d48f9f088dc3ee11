// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.wire;

import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.Extent;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmActionKind;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.lustre.ActionItem;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A list of work from a coordinator, copied out of the memory that it came in. Source: {@code
 * struct hsm_action_list}.
 *
 * @param compoundId always 0 today
 * @param flags of the last item that went into the list; 4 marks a restore that an open triggered
 * @param archiveId the archive of all items
 * @param fsname the file system's name
 * @param items in their order, those of unknown actions too
 */
public record ActionList(
    long compoundId, long flags, ArchiveId archiveId, PathBytes fsname, List<Item> items) {
  /** Copies the list. */
  public ActionList {
    items = List.copyOf(items);
  }

  /** The items of known actions, as work of a copytool, when all come from one MDT. */
  public List<ActionItem> known(int mdt) {
    return items.stream().flatMap(item -> item.toActionItem(this, mdt).stream()).toList();
  }

  /** The items whose action is one of a newer release: to be failed with ENOSYS, never dropped. */
  public List<Item> unknown() {
    return items.stream().filter(item -> item.kind().isEmpty()).toList();
  }

  /**
   * An item as it came. Source: {@code struct hsm_action_item}.
   *
   * @param action the code of {@code enum hsm_copytool_action}, of newer releases too
   * @param fid the file
   * @param dataFid where the data are
   * @param extent the range, the whole file in practice
   * @param cookie the action's identity on its MDT, unsigned
   * @param gid a group lock's id, 0 in practice
   * @param payload opaque bytes of the requester, untrusted
   */
  public record Item(
      int action, Fid fid, Fid dataFid, Extent extent, long cookie, long gid, byte[] payload) {
    /** Copies the payload. */
    public Item {
      payload = payload.clone();
    }

    /** A copy of the payload. */
    @Override
    public byte[] payload() {
      return payload.clone();
    }

    /** The bytes of the payload. */
    public int payloadLength() {
      return payload.length;
    }

    /** The action; empty for one of a newer release. */
    public Optional<HsmActionKind> kind() {
      return switch (action) {
        case AbiConstants.HSMA_ARCHIVE -> Optional.of(HsmActionKind.ARCHIVE);
        case AbiConstants.HSMA_RESTORE -> Optional.of(HsmActionKind.RESTORE);
        case AbiConstants.HSMA_REMOVE -> Optional.of(HsmActionKind.REMOVE);
        case AbiConstants.HSMA_CANCEL -> Optional.of(HsmActionKind.CANCEL);
        default -> Optional.empty();
      };
    }

    /** This item as a copytool sees it; empty for an unknown action. */
    public Optional<ActionItem> toActionItem(ActionList list, int mdt) {
      return kind()
          .map(
              kind ->
                  new ActionItem(
                      mdt,
                      kind,
                      cookie,
                      fid,
                      dataFid,
                      list.archiveId,
                      list.flags,
                      extent,
                      payload));
    }

    @Override
    public boolean equals(@Nullable Object o) {
      return o instanceof Item i
          && i.action == action
          && i.fid.equals(fid)
          && i.dataFid.equals(dataFid)
          && i.extent.equals(extent)
          && i.cookie == cookie
          && i.gid == gid
          && Arrays.equals(i.payload, payload);
    }

    @Override
    public int hashCode() {
      return Objects.hash(action, fid, cookie);
    }

    /** All parts; the payload by its length. */
    @Override
    public String toString() {
      return kind().map(HsmActionKind::name).orElse("action " + Integer.toUnsignedString(action))
          + " of "
          + fid
          + " [cookie="
          + Long.toUnsignedString(cookie)
          + ", payload of "
          + payload.length
          + " bytes]";
    }
  }
}
