// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.wire;

import io.kmesh.lustre.ArchiveId;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.lustre.ActionItem;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * {@link ActionList} to and from bytes. Lengths come from another node's kernel, payloads from any
 * user: each is checked against the bytes that are there. Stateless.
 *
 * <p>The items begin behind the file system's name, rounded up to 8; each ends at a multiple of 8
 * behind its start, whatever its own length says.
 */
public final class ActionListCodec {
  private static final String OBJECT = "a list of HSM actions";

  private ActionListCodec() {}

  /**
   * Reads a message as the kernel writes it into a copytool's pipe: {@code struct kuc_hdr}, then
   * the list.
   *
   * @param message what remains of it is read; it stays as it is
   * @return empty when the kernel says that the registration is over
   * @throws ProviderException CORRUPT when the bytes are no such message
   */
  public static Optional<ActionList> decodeMessage(ByteBuffer message) throws ProviderException {
    ByteBuffer in = Wire.view(message);
    Wire.require(in, Abi.KucHdr.SIZE, OBJECT);
    int magic = Short.toUnsignedInt(in.getShort(Abi.KucHdr.KUC_MAGIC));
    if (magic != AbiConstants.KUC_MAGIC) {
      throw Wire.corrupt(OBJECT, String.format("its magic is 0x%x, not 0x191c", magic));
    }
    int length = Short.toUnsignedInt(in.getShort(Abi.KucHdr.KUC_MSGLEN));
    if (length < Abi.KucHdr.SIZE || length > in.limit()) {
      throw Wire.corrupt(OBJECT, "it says to have " + length + " bytes of " + in.limit());
    }
    int transport = Byte.toUnsignedInt(in.get(Abi.KucHdr.KUC_TRANSPORT));
    int type = Short.toUnsignedInt(in.getShort(Abi.KucHdr.KUC_MSGTYPE));
    if (type == AbiConstants.KUC_MSG_SHUTDOWN) {
      return Optional.empty();
    }
    if (transport != AbiConstants.KUC_TRANSPORT_HSM || type != AbiConstants.HMT_ACTION_LIST) {
      throw Wire.corrupt(OBJECT, "the message is of type " + type + " of transport " + transport);
    }
    return Optional.of(decode(in.slice(Abi.KucHdr.SIZE, length - Abi.KucHdr.SIZE)));
  }

  /**
   * Reads a list as {@code llapi_hsm_copytool_recv} gives it.
   *
   * @param list what remains of it is read, to its end; it stays as it is
   * @throws ProviderException CORRUPT when the bytes are no such list
   */
  public static ActionList decode(ByteBuffer list) throws ProviderException {
    ByteBuffer in = Wire.view(list);
    Wire.require(in, Abi.HsmActionList.SIZE, OBJECT);
    int version = in.getInt(Abi.HsmActionList.HAL_VERSION);
    if (version != AbiConstants.HAL_VERSION) {
      throw Wire.corrupt(OBJECT, "its version is " + Integer.toUnsignedString(version));
    }
    ArchiveId archive = Wire.archiveId(in.getInt(Abi.HsmActionList.HAL_ARCHIVE_ID), OBJECT);
    int nameEnd = Wire.end(in, Abi.HsmActionList.HAL_FSNAME, in.limit());
    if (nameEnd == in.limit()) {
      throw Wire.corrupt(OBJECT, "the file system's name doesn't end");
    }
    int nameLength = nameEnd - Abi.HsmActionList.HAL_FSNAME;
    PathBytes fsname = PathBytes.of(Wire.copy(in, Abi.HsmActionList.HAL_FSNAME, nameLength));
    long count = Integer.toUnsignedLong(in.getInt(Abi.HsmActionList.HAL_COUNT));
    int at = Math.min(in.limit(), firstItem(nameLength));
    if (count > (in.limit() - at) / Abi.HsmActionItem.SIZE) {
      throw Wire.corrupt(
          OBJECT, "it says to have " + count + " items in " + (in.limit() - at) + " bytes");
    }
    List<ActionList.Item> items = new ArrayList<>((int) count);
    while (items.size() < count) {
      int length = itemLength(in, at, items.size());
      items.add(item(in, at, length));
      at = Math.min(in.limit(), at + Wire.align8(length));
    }
    requireZeros(in, at);
    return new ActionList(
        in.getLong(Abi.HsmActionList.HAL_COMPOUND_ID),
        in.getLong(Abi.HsmActionList.HAL_FLAGS),
        archive,
        fsname,
        items);
  }

  private static int firstItem(int nameLength) {
    return Abi.HsmActionList.SIZE + Wire.align8(nameLength + 1);
  }

  private static int itemLength(ByteBuffer in, int at, int number) throws ProviderException {
    int left = in.limit() - at;
    long length =
        left < Abi.HsmActionItem.SIZE
            ? 0
            : Integer.toUnsignedLong(in.getInt(at + Abi.HsmActionItem.HAI_LEN));
    if (length < Abi.HsmActionItem.SIZE || length > left) {
      throw Wire.corrupt(
          OBJECT,
          "item " + number + " has a length of " + length + " with " + left + " bytes left");
    }
    return (int) length;
  }

  private static ActionList.Item item(ByteBuffer in, int at, int length) {
    return new ActionList.Item(
        in.getInt(at + Abi.HsmActionItem.HAI_ACTION),
        Wire.fid(in, at + Abi.HsmActionItem.HAI_FID),
        Wire.fid(in, at + Abi.HsmActionItem.HAI_DFID),
        Wire.extent(in, at + Abi.HsmActionItem.HAI_EXTENT),
        in.getLong(at + Abi.HsmActionItem.HAI_COOKIE),
        in.getLong(at + Abi.HsmActionItem.HAI_GID),
        Wire.copy(in, at + Abi.HsmActionItem.HAI_DATA, length - Abi.HsmActionItem.SIZE));
  }

  /** Work behind the last item would be lost silently. */
  private static void requireZeros(ByteBuffer in, int from) throws ProviderException {
    for (int i = from; i < in.limit(); i++) {
      if (in.get(i) != 0) {
        throw Wire.corrupt(OBJECT, "there are bytes behind its last item, at " + i);
      }
    }
  }

  /** The bytes of a list, without {@code struct kuc_hdr}. */
  public static byte[] encode(ActionList list) {
    int first = firstItem(list.fsname().length());
    int size = first;
    for (ActionList.Item item : list.items()) {
      size += Wire.align8(Abi.HsmActionItem.SIZE + item.payloadLength());
    }
    byte[] bytes = new byte[size];
    ByteBuffer out = Wire.wrap(bytes);
    out.putInt(Abi.HsmActionList.HAL_VERSION, AbiConstants.HAL_VERSION);
    out.putInt(Abi.HsmActionList.HAL_COUNT, list.items().size());
    out.putLong(Abi.HsmActionList.HAL_COMPOUND_ID, list.compoundId());
    out.putLong(Abi.HsmActionList.HAL_FLAGS, list.flags());
    out.putInt(Abi.HsmActionList.HAL_ARCHIVE_ID, list.archiveId().value());
    out.put(Abi.HsmActionList.HAL_FSNAME, list.fsname().toBytes());
    int at = first;
    for (ActionList.Item item : list.items()) {
      at += put(out, at, item);
    }
    return bytes;
  }

  /**
   * The bytes of one item, {@code hai_data} included, padded to a multiple of 8: what {@code
   * llapi_hsm_action_begin} takes.
   */
  public static byte[] encodeItem(ActionList.Item item) {
    byte[] bytes = new byte[Wire.align8(Abi.HsmActionItem.SIZE + item.payloadLength())];
    ByteBuffer out = Wire.wrap(bytes);
    put(out, 0, item);
    return bytes;
  }

  /** The same of an item that a copytool has got. */
  public static byte[] encodeItem(ActionItem item) {
    return encodeItem(
        new ActionList.Item(
            code(item),
            item.fid(),
            item.dataFid(),
            item.extent(),
            item.cookie(),
            0,
            item.payload()));
  }

  private static int code(ActionItem item) {
    return switch (item.action()) {
      case ARCHIVE -> AbiConstants.HSMA_ARCHIVE;
      case RESTORE -> AbiConstants.HSMA_RESTORE;
      case REMOVE -> AbiConstants.HSMA_REMOVE;
      case CANCEL -> AbiConstants.HSMA_CANCEL;
      case RELEASE -> AbiConstants.HSMA_NONE;
    };
  }

  private static int put(ByteBuffer out, int at, ActionList.Item item) {
    byte[] payload = item.payload();
    int length = Abi.HsmActionItem.SIZE + payload.length;
    out.putInt(at + Abi.HsmActionItem.HAI_LEN, length);
    out.putInt(at + Abi.HsmActionItem.HAI_ACTION, item.action());
    Wire.putFid(out, at + Abi.HsmActionItem.HAI_FID, item.fid());
    Wire.putFid(out, at + Abi.HsmActionItem.HAI_DFID, item.dataFid());
    Wire.putExtent(out, at + Abi.HsmActionItem.HAI_EXTENT, item.extent());
    out.putLong(at + Abi.HsmActionItem.HAI_COOKIE, item.cookie());
    out.putLong(at + Abi.HsmActionItem.HAI_GID, item.gid());
    out.put(at + Abi.HsmActionItem.HAI_DATA, payload);
    return Wire.align8(length);
  }
}
