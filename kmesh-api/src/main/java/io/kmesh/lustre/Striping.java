// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/**
 * How a component's data are striped. Sources: {@code struct lov_user_md_v1}, {@code
 * lov_user_md_v3}, {@code enum lov_pattern}.
 *
 * @param magic which of these structs it is: {@link #V1}, {@link #V3}, {@link #SPECIFIC}
 * @param pattern the bits of {@code lmm_pattern}, unknown ones included; 0 for a file system's
 *     default
 * @param stripeSize bytes of one stripe, 0 to 4,294,967,295; 0 for the file system's default. In a
 *     component that extends the one before it: see {@link FileComponent#extensionSize()}
 * @param stripeCount number of stripes, 0 to 65,503; 0 for the file system's default; -1 all OSTs;
 *     -2 to -32 so many times all OSTs
 * @param offset in a request or a directory's default the index of the first OST, in a file the
 *     layout's generation; 0 to 65,534; -1 when any OST may be first, or not said
 * @param poolOrNull the OST pool, null for none
 * @param owner the file's own id as the layout has it; zeros where it has not
 * @param objects the objects in the order of the stripes; empty while there are none
 */
public record Striping(
    int magic,
    int pattern,
    long stripeSize,
    int stripeCount,
    int offset,
    @Nullable String poolOrNull,
    Owner owner,
    List<StripeObject> objects)
    implements FileComponent.Content {
  /** The struct without a pool. Source: {@code LOV_USER_MAGIC_V1}. */
  public static final int V1 = 0x0bd10bd0;

  /** The struct with a pool. Source: {@code LOV_USER_MAGIC_V3}. */
  public static final int V3 = 0x0bd30bd0;

  /** The one with a pool whose objects name the OSTs to use. Source: LOV_USER_MAGIC_SPECIFIC. */
  public static final int SPECIFIC = 0x0bd50bd0;

  /** Bit of {@link #pattern()}: striped over OSTs. */
  public static final int RAID0 = 0x1;

  /** Bit of {@link #pattern()}: on the MDT. */
  public static final int MDT = 0x100;

  /** Bit of {@link #pattern()}: several stripes on one OST. */
  public static final int OVERSTRIPING = 0x200;

  /** Bit of {@link #pattern()}: the data are in an archive only. */
  public static final int RELEASED = 0x80000000;

  /** The bytes that a pool's name may have. Source: {@code LOV_MAXPOOLNAME}. */
  public static final int MOST_POOL_NAME = 15;

  /**
   * A file's id within its layout. Source: {@code lmm_oi}.
   *
   * @param objectId its object id
   * @param sequence its sequence
   */
  public record Owner(long objectId, long sequence) {
    /** Not said. */
    public static final Owner NONE = new Owner(0, 0);
  }

  /** Checks ranges. */
  public Striping {
    objects = List.copyOf(objects);
    if (stripeSize >>> 32 != 0) {
      throw new IllegalArgumentException(
          "A stripe size has 32 bits, not " + stripeSize + " bytes.");
    }
    if (stripeCount < -32 || stripeCount >= 65_504) {
      throw new IllegalArgumentException(
          "A stripe count lies in -32..65503, not " + stripeCount + ".");
    }
    if (offset < -1 || offset > 65_534) {
      throw new IllegalArgumentException("A first OST lies in -1..65534, not " + offset + ".");
    }
  }

  /**
   * Stripes to ask for.
   *
   * @param osts the OSTs to use, in this order; empty when Lustre chooses
   */
  public static Striping request(
      int pattern,
      long stripeSize,
      int stripeCount,
      int offset,
      @Nullable String pool,
      List<Integer> osts) {
    List<StripeObject> objects = new ArrayList<>();
    for (int ost : osts) {
      objects.add(StripeObject.on(ost));
    }
    int magic = !osts.isEmpty() ? SPECIFIC : pool != null ? V3 : V1;
    return new Striping(magic, pattern, stripeSize, stripeCount, offset, pool, Owner.NONE, objects);
  }

  static Striping of(LayoutComponent c) {
    return switch (c.pattern()) {
      case RAID0 -> request(RAID0, c.stripeSize(), c.stripeCount(), -1, c.poolOrNull(), List.of());
      case OVERSTRIPED ->
          request(
              RAID0 | OVERSTRIPING, c.stripeSize(), c.stripeCount(), -1, c.poolOrNull(), List.of());
      case MDT -> onMdt(c.end() - c.start());
      case FOREIGN ->
          throw new IllegalArgumentException(
              "A foreign layout can't be asked for by its pattern. Give its type and its value.");
    };
  }

  /** On the MDT, so many bytes. */
  static Striping onMdt(long bytes) {
    return request(MDT, bytes >>> 32 == 0 ? bytes : 0, 0, -1, null, List.of());
  }

  /** The OST pool. */
  public Optional<String> pool() {
    return Optional.ofNullable(poolOrNull);
  }

  /** Whether the data are in an archive only. */
  public boolean isReleased() {
    return (pattern & RELEASED) != 0;
  }

  /** Whether the data are on the MDT. */
  public boolean isOnMdt() {
    return (pattern & MDT) != 0;
  }

  /** The pattern without whether it is released; empty for one that has other bits. */
  public Optional<StripePattern> knownPattern() {
    return switch (pattern & ~RELEASED) {
      case 0, RAID0 -> Optional.of(StripePattern.RAID0);
      case MDT -> Optional.of(StripePattern.MDT);
      case RAID0 | OVERSTRIPING, OVERSTRIPING -> Optional.of(StripePattern.OVERSTRIPED);
      default -> Optional.empty();
    };
  }

  /** The pattern as {@code lfs} prints it: {@code raid0,released}; unknown bits as a number. */
  public String printedPattern() {
    StringJoiner text = new StringJoiner(",");
    int left = pattern;
    for (PatternName name : PatternName.values()) {
      if ((left & name.bit) != 0) {
        text.add(name.text);
        left &= ~name.bit;
      }
    }
    if (left != 0) {
      text.add("0x" + Integer.toHexString(left));
    }
    return text.toString();
  }

  private enum PatternName {
    RAID0(0x1, "raid0"),
    RAID1(0x2, "raid1"),
    PARITY(0x4, "parity"),
    MDT(0x100, "mdt"),
    OVERSTRIPED(0x200, "overstriped"),
    FOREIGN(0x400, "foreign"),
    COMPRESS(0x800, "compress"),
    RELEASED(Striping.RELEASED, "released");

    private final int bit;
    private final String text;

    PatternName(int bit, String text) {
      this.bit = bit;
      this.text = text;
    }
  }
}
