// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.wire;

import io.kmesh.lustre.ComponentFlag;
import io.kmesh.lustre.FileComponent;
import io.kmesh.lustre.FileLayout;
import io.kmesh.lustre.ForeignLayout;
import io.kmesh.lustre.StripeObject;
import io.kmesh.lustre.Striping;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads a {@link FileLayout} from bytes. Objects are read only where they exist: not of a released
 * component, one on an MDT, one that is not instantiated, a directory's default; what lies in their
 * place there is leftovers, and so are, from the ioctl, those fields of an entry that its flags
 * give no meaning. Components may not take more bytes together than there are, so that no small
 * input makes a large value. Stateless.
 */
public final class LayoutDecoder {
  private static final String OBJECT = "a layout";

  /** Counts from here on say "all OSTs", so many times. */
  private static final int ALL_OSTS = AbiConstants.LOV_ALL_STRIPES_WIDE;

  /** Flags that give the bytes behind the timestamp a meaning. */
  private static final int CODED =
      ComponentFlag.PARITY.bits()
          | ComponentFlag.COMPRESS.bits()
          | ComponentFlag.PARTIAL.bits()
          | ComponentFlag.NOCOMPR.bits();

  private LayoutDecoder() {}

  /**
   * Reads a layout.
   *
   * @param bytes what remains of it is read; it stays as it is
   * @throws ProviderException CORRUPT when lengths, offsets or ranges are impossible, UNSUPPORTED
   *     for a form of a newer release
   */
  public static FileLayout decode(ByteBuffer bytes, LayoutSource source) throws ProviderException {
    ByteBuffer in = Wire.view(bytes);
    Wire.require(in, Integer.BYTES, OBJECT);
    int magic = in.getInt(0) & ~AbiConstants.LOV_MAGIC_DEFINED;
    if (magic == AbiConstants.LOV_USER_MAGIC_COMP_V1 || magic == AbiConstants.LOV_USER_MAGIC_SEL) {
      return composite(in, source);
    }
    boolean hasObjects = source != LayoutSource.DIRECTORY;
    return FileLayout.plain(content(in, hasObjects, source == LayoutSource.XATTR));
  }

  private static FileLayout composite(ByteBuffer in, LayoutSource source) throws ProviderException {
    Wire.require(in, Abi.LovCompMdV1.SIZE, OBJECT);
    long size = Integer.toUnsignedLong(in.getInt(Abi.LovCompMdV1.LCM_SIZE));
    int count = Short.toUnsignedInt(in.getShort(Abi.LovCompMdV1.LCM_ENTRY_COUNT));
    int first = Abi.LovCompMdV1.LCM_ENTRIES + count * Abi.LovCompMdEntryV1.SIZE;
    if (size > in.limit() || first > size) {
      throw Wire.corrupt(
          OBJECT,
          "it says to have " + size + " bytes for " + count + " components, of " + in.limit());
    }
    List<FileComponent> components = new ArrayList<>(count);
    long left = size - first;
    for (int i = 0; i < count; i++) {
      int entry = Abi.LovCompMdV1.LCM_ENTRIES + i * Abi.LovCompMdEntryV1.SIZE;
      long at = Integer.toUnsignedLong(in.getInt(entry + Abi.LovCompMdEntryV1.LCME_OFFSET));
      long length = Integer.toUnsignedLong(in.getInt(entry + Abi.LovCompMdEntryV1.LCME_SIZE));
      left -= length;
      if (at < first || at + length > size || left < 0) {
        throw Wire.corrupt(
            OBJECT, "component " + i + " lies at " + at + ", " + length + " bytes, of " + size);
      }
      components.add(component(in, entry, in.slice((int) at, (int) length), source));
    }
    return new FileLayout(
        FileLayout.Form.COMPOSITE,
        in.getInt(Abi.LovCompMdV1.LCM_LAYOUT_GEN),
        Short.toUnsignedInt(in.getShort(Abi.LovCompMdV1.LCM_FLAGS)),
        Short.toUnsignedInt(in.getShort(Abi.LovCompMdV1.LCM_MIRROR_COUNT)) + 1,
        Byte.toUnsignedInt(in.get(Abi.LovCompMdV1.LCM_EC_COUNT)),
        components);
  }

  private static FileComponent component(
      ByteBuffer in, int entry, ByteBuffer bytes, LayoutSource source) throws ProviderException {
    int flags = in.getInt(entry + Abi.LovCompMdEntryV1.LCME_FLAGS);
    int extent = entry + Abi.LovCompMdEntryV1.LCME_EXTENT;
    long start = in.getLong(extent + Abi.LuExtent.E_START);
    long end = in.getLong(extent + Abi.LuExtent.E_END);
    if (Long.compareUnsigned(end, start) < 0) {
      throw Wire.corrupt(
          OBJECT,
          "a component ends at "
              + Long.toUnsignedString(end)
              + ", before it begins at "
              + Long.toUnsignedString(start));
    }
    boolean hasObjects =
        source != LayoutSource.DIRECTORY
            && (flags & ComponentFlag.INIT.bits()) != 0
            && (flags & ComponentFlag.EXTENSION.bits()) == 0;
    boolean isExact = source == LayoutSource.XATTR;
    return new FileComponent(
        in.getInt(entry + Abi.LovCompMdEntryV1.LCME_ID),
        flags,
        start,
        end,
        isExact ? in.getInt(entry + Abi.LovCompMdEntryV1.LCME_LAYOUT_GEN) : 0,
        isExact || (flags & ComponentFlag.NOSYNC.bits()) != 0
            ? in.getLong(entry + Abi.LovCompMdEntryV1.LCME_TIMESTAMP)
            : 0,
        isExact || (flags & CODED) != 0
            ? in.getInt(entry + Abi.LovCompMdEntryV1.LCME_DSTRIPE_COUNT)
            : 0,
        content(Wire.view(bytes), hasObjects, false));
  }

  /**
   * @param mayBeTemplate whether bytes that end behind the fixed part mean that there are no
   *     objects
   */
  private static FileComponent.Content content(
      ByteBuffer in, boolean hasObjects, boolean mayBeTemplate) throws ProviderException {
    Wire.require(in, Integer.BYTES, OBJECT);
    int magic = in.getInt(Abi.LovUserMdV1.LMM_MAGIC) & ~AbiConstants.LOV_MAGIC_DEFINED;
    return switch (magic) {
      case AbiConstants.LOV_USER_MAGIC_V1 ->
          striping(in, magic, Abi.LovUserMdV1.SIZE, hasObjects, mayBeTemplate);
      case AbiConstants.LOV_USER_MAGIC_V3, AbiConstants.LOV_USER_MAGIC_SPECIFIC ->
          striping(in, magic, Abi.LovUserMdV3.SIZE, hasObjects, mayBeTemplate);
      case AbiConstants.LOV_USER_MAGIC_FOREIGN -> foreign(in);
      default ->
          throw new ProviderException(
              ErrorKind.UNSUPPORTED,
              String.format(
                  "Cannot read a layout of the magic 0x%08X: this build doesn't know its form. Look"
                      + " for a newer one, or print it with lfs getstripe.",
                  magic));
    };
  }

  private static Striping striping(
      ByteBuffer in, int magic, int head, boolean mayHaveObjects, boolean mayBeTemplate)
      throws ProviderException {
    Wire.require(in, head, OBJECT);
    int pattern = in.getInt(Abi.LovUserMdV1.LMM_PATTERN);
    int count = Short.toUnsignedInt(in.getShort(Abi.LovUserMdV1.LMM_STRIPE_COUNT));
    int offset = Short.toUnsignedInt(in.getShort(Abi.LovUserMdV1.LMM_STRIPE_OFFSET));
    boolean isSpecific = magic == AbiConstants.LOV_USER_MAGIC_SPECIFIC;
    boolean hasNone =
        (pattern & (AbiConstants.LOV_PATTERN_F_RELEASED | AbiConstants.LOV_PATTERN_MDT)) != 0
            || (mayBeTemplate && in.limit() == head);
    boolean hasObjects = isSpecific || (mayHaveObjects && !hasNone);
    return new Striping(
        magic,
        pattern,
        Integer.toUnsignedLong(in.getInt(Abi.LovUserMdV1.LMM_STRIPE_SIZE)),
        count >= ALL_OSTS ? count - 0x10000 : count,
        offset == AbiConstants.LOV_OFFSET_DEFAULT ? -1 : offset,
        head == Abi.LovUserMdV1.SIZE ? null : pool(in),
        owner(in),
        hasObjects && count < ALL_OSTS ? objects(in, head, count) : List.of());
  }

  private static Striping.Owner owner(ByteBuffer in) {
    long id = in.getLong(Abi.LovUserMdV1.LMM_OI + Abi.OstId.OI_ID);
    long sequence = in.getLong(Abi.LovUserMdV1.LMM_OI + Abi.OstId.OI_SEQ);
    return (id | sequence) == 0 ? Striping.Owner.NONE : new Striping.Owner(id, sequence);
  }

  private static @Nullable String pool(ByteBuffer in) {
    int from = Abi.LovUserMdV3.LMM_POOL_NAME;
    int end = Wire.end(in, from, from + Striping.MOST_POOL_NAME);
    return end == from ? null : new String(Wire.copy(in, from, end - from), StandardCharsets.UTF_8);
  }

  private static List<StripeObject> objects(ByteBuffer in, int head, int count)
      throws ProviderException {
    if (count > (in.limit() - head) / Abi.LovUserOstDataV1.SIZE) {
      throw Wire.corrupt(
          OBJECT, count + " stripes do not fit into " + (in.limit() - head) + " bytes");
    }
    StripeObject[] objects = new StripeObject[count];
    for (int i = 0; i < count; i++) {
      int at = head + i * Abi.LovUserOstDataV1.SIZE;
      objects[i] =
          new StripeObject(
              in.getInt(at + Abi.LovUserOstDataV1.L_OST_IDX),
              Wire.fid(in, at + Abi.LovUserOstDataV1.L_OST_OI),
              in.getInt(at + Abi.LovUserOstDataV1.L_OST_GEN));
    }
    return List.of(objects);
  }

  private static ForeignLayout foreign(ByteBuffer in) throws ProviderException {
    Wire.require(in, Abi.LovForeignMd.SIZE, OBJECT);
    long length = Integer.toUnsignedLong(in.getInt(Abi.LovForeignMd.LFM_LENGTH));
    if (length > in.limit() - Abi.LovForeignMd.SIZE) {
      throw Wire.corrupt(OBJECT, "its foreign value has " + length + " bytes of " + in.limit());
    }
    return new ForeignLayout(
        in.getInt(Abi.LovForeignMd.LFM_TYPE),
        in.getInt(Abi.LovForeignMd.LFM_FLAGS),
        Wire.copy(in, Abi.LovForeignMd.LFM_VALUE, (int) length));
  }
}
