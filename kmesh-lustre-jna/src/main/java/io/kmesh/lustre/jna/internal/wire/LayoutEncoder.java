// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.wire;

import io.kmesh.lustre.FileComponent;
import io.kmesh.lustre.FileLayout;
import io.kmesh.lustre.ForeignLayout;
import io.kmesh.lustre.Layout;
import io.kmesh.lustre.StripeObject;
import io.kmesh.lustre.Striping;
import io.kmesh.spi.ProviderException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Writes layouts as the xattr has them and as setting a stripe takes them: components back to back
 * behind their list, objects where there are some, zeros as padding. Stateless.
 *
 * <p>For a new file or a directory's default, encode {@link FileLayout#asRequest()} or a {@link
 * Layout}: ids and objects of another file are not for it.
 */
public final class LayoutEncoder {
  private LayoutEncoder() {}

  /** The bytes of what is asked for. */
  public static byte[] encode(Layout layout) throws ProviderException {
    return encode(FileLayout.of(layout));
  }

  /**
   * The bytes of a layout.
   *
   * @throws ProviderException INVALID when a pool's name is too long, or there are more components
   *     than 16 bits count
   */
  public static byte[] encode(FileLayout layout) throws ProviderException {
    if (layout.form() == FileLayout.Form.PLAIN) {
      FileComponent.Content content = layout.components().get(0).content();
      byte[] bytes = new byte[size(content)];
      ByteBuffer out = Wire.wrap(bytes);
      put(out, 0, content);
      return bytes;
    }
    int count = layout.components().size();
    if (count > 0xffff) {
      throw Wire.invalid("a layout", "it has " + count + " components", "Give at most 65535.");
    }
    int at = Abi.LovCompMdV1.LCM_ENTRIES + count * Abi.LovCompMdEntryV1.SIZE;
    int size = at;
    for (FileComponent c : layout.components()) {
      size += size(c.content());
    }
    byte[] bytes = new byte[size];
    ByteBuffer out = Wire.wrap(bytes);
    out.putInt(Abi.LovCompMdV1.LCM_MAGIC, AbiConstants.LOV_USER_MAGIC_COMP_V1);
    out.putInt(Abi.LovCompMdV1.LCM_SIZE, size);
    out.putInt(Abi.LovCompMdV1.LCM_LAYOUT_GEN, layout.generation());
    out.putShort(Abi.LovCompMdV1.LCM_FLAGS, (short) layout.flags());
    out.putShort(Abi.LovCompMdV1.LCM_ENTRY_COUNT, (short) count);
    out.putShort(Abi.LovCompMdV1.LCM_MIRROR_COUNT, (short) (layout.mirrorCount() - 1));
    out.put(Abi.LovCompMdV1.LCM_EC_COUNT, (byte) layout.parityCount());
    int entry = Abi.LovCompMdV1.LCM_ENTRIES;
    for (FileComponent c : layout.components()) {
      int length = size(c.content());
      putEntry(out, entry, c, at, length);
      put(out, at, c.content());
      at += length;
      entry += Abi.LovCompMdEntryV1.SIZE;
    }
    return bytes;
  }

  private static int size(FileComponent.Content content) {
    if (content instanceof Striping s) {
      return head(s) + s.objects().size() * Abi.LovUserOstDataV1.SIZE;
    }
    return Abi.LovForeignMd.SIZE + ((ForeignLayout) content).value().length;
  }

  private static int head(Striping s) {
    return s.magic() == Striping.V1 ? Abi.LovUserMdV1.SIZE : Abi.LovUserMdV3.SIZE;
  }

  private static void putEntry(ByteBuffer out, int entry, FileComponent c, int at, int length) {
    out.putInt(entry + Abi.LovCompMdEntryV1.LCME_ID, c.id());
    out.putInt(entry + Abi.LovCompMdEntryV1.LCME_FLAGS, c.flags());
    int extent = entry + Abi.LovCompMdEntryV1.LCME_EXTENT;
    out.putLong(extent + Abi.LuExtent.E_START, c.start());
    out.putLong(extent + Abi.LuExtent.E_END, c.end());
    out.putInt(entry + Abi.LovCompMdEntryV1.LCME_OFFSET, at);
    out.putInt(entry + Abi.LovCompMdEntryV1.LCME_SIZE, length);
    out.putInt(entry + Abi.LovCompMdEntryV1.LCME_LAYOUT_GEN, c.generation());
    out.putLong(entry + Abi.LovCompMdEntryV1.LCME_TIMESTAMP, c.timestamp());
    out.putInt(entry + Abi.LovCompMdEntryV1.LCME_DSTRIPE_COUNT, c.coding());
  }

  private static void put(ByteBuffer out, int at, FileComponent.Content content)
      throws ProviderException {
    if (content instanceof Striping s) {
      putStriping(out, at, s);
      return;
    }
    ForeignLayout f = (ForeignLayout) content;
    byte[] value = f.value();
    out.putInt(at + Abi.LovForeignMd.LFM_MAGIC, AbiConstants.LOV_USER_MAGIC_FOREIGN);
    out.putInt(at + Abi.LovForeignMd.LFM_LENGTH, value.length);
    out.putInt(at + Abi.LovForeignMd.LFM_TYPE, f.type());
    out.putInt(at + Abi.LovForeignMd.LFM_FLAGS, f.flags());
    out.put(at + Abi.LovForeignMd.LFM_VALUE, value);
  }

  private static void putStriping(ByteBuffer out, int at, Striping s) throws ProviderException {
    out.putInt(at + Abi.LovUserMdV1.LMM_MAGIC, s.magic());
    out.putInt(at + Abi.LovUserMdV1.LMM_PATTERN, s.pattern());
    out.putLong(at + Abi.LovUserMdV1.LMM_OI + Abi.OstId.OI_ID, s.owner().objectId());
    out.putLong(at + Abi.LovUserMdV1.LMM_OI + Abi.OstId.OI_SEQ, s.owner().sequence());
    out.putInt(at + Abi.LovUserMdV1.LMM_STRIPE_SIZE, (int) s.stripeSize());
    out.putShort(at + Abi.LovUserMdV1.LMM_STRIPE_COUNT, (short) s.stripeCount());
    out.putShort(at + Abi.LovUserMdV1.LMM_STRIPE_OFFSET, (short) s.offset());
    String pool = s.poolOrNull();
    if (pool != null) {
      putPool(out, at, s, pool);
    }
    int object = at + head(s);
    for (StripeObject o : s.objects()) {
      Wire.putFid(out, object + Abi.LovUserOstDataV1.L_OST_OI, o.fid());
      out.putInt(object + Abi.LovUserOstDataV1.L_OST_GEN, o.generation());
      out.putInt(object + Abi.LovUserOstDataV1.L_OST_IDX, o.ost());
      object += Abi.LovUserOstDataV1.SIZE;
    }
  }

  private static void putPool(ByteBuffer out, int at, Striping s, String pool)
      throws ProviderException {
    byte[] name = pool.getBytes(StandardCharsets.UTF_8);
    if (s.magic() == Striping.V1 || name.length > Striping.MOST_POOL_NAME) {
      throw Wire.invalid(
          "a layout in the pool " + pool,
          s.magic() == Striping.V1
              ? "its struct has no room for a pool"
              : "the name has " + name.length + " bytes",
          "Name a pool by at most " + Striping.MOST_POOL_NAME + " bytes.");
    }
    out.put(at + Abi.LovUserMdV3.LMM_POOL_NAME, name);
  }
}
