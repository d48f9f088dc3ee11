// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre;

import java.time.Instant;
import java.util.Optional;

/**
 * One component of a {@link FileLayout}. Source: {@code struct lov_comp_md_entry_v1}.
 *
 * @param id its id with its mirror's number in the upper 16 bits; 0 in a request, a directory's
 *     default and a plain layout
 * @param flags the bits of {@code lcme_flags}, unknown ones included: see {@link ComponentFlag}
 * @param start first byte of its range
 * @param end byte after the range, unsigned; -1 (all ones) means the end of the file. A component
 *     that will extend itself may be empty
 * @param generation {@code lcme_layout_gen}
 * @param timestamp 64 bits of {@code lcme_timestamp}: see {@link #time()}
 * @param coding the last four bytes of the entry as one little-endian number: data and parity
 *     stripes of erasure coding, kind and level of compression; 0 without
 * @param content where the data lie
 */
public record FileComponent(
    int id,
    int flags,
    long start,
    long end,
    int generation,
    long timestamp,
    int coding,
    FileComponent.Content content) {
  /** The end of the file. */
  public static final long TO_EOF = -1;

  private static final long TIME_MASK = 0xffff_ffff_ffffL;

  /** Unit of a self-extending component's size. Source: {@code SEL_UNIT_SIZE}. */
  private static final long EXTENSION_UNIT = 1024;

  /** Where the data of a component lie. */
  public sealed interface Content permits Striping, ForeignLayout {}

  /** Checks the range. */
  public FileComponent {
    if (Long.compareUnsigned(end, start) < 0) {
      throw new IllegalArgumentException(
          "A component's range must not end before it begins: "
              + Long.toUnsignedString(start)
              + " to "
              + Long.toUnsignedString(end)
              + ".");
    }
  }

  /** A component to ask for. */
  public static FileComponent request(long start, long end, int flags, Content content) {
    return new FileComponent(0, flags, start, end, 0, 0, 0, content);
  }

  /** The component of a plain layout. */
  static FileComponent whole(Content content) {
    return request(0, TO_EOF, 0, content);
  }

  /** The number of its mirror, 0 to 32,767; 0 for a file that never had mirrors. */
  public int mirrorId() {
    return (id >>> 16) & 0x7fff;
  }

  /** Whether a flag is set, with all its bits. */
  public boolean has(ComponentFlag flag) {
    return (flags & flag.bits()) == flag.bits();
  }

  /** Its stripes; empty for a foreign one. */
  public Optional<Striping> striping() {
    return content instanceof Striping s ? Optional.of(s) : Optional.empty();
  }

  /** When its mirror was last the same as the others, for a mirror that is not resynced. */
  public Optional<Instant> time() {
    long seconds = timestamp & TIME_MASK;
    return seconds == 0 ? Optional.empty() : Optional.of(Instant.ofEpochSecond(seconds));
  }

  /** The bytes by which the component before this one extends itself; 0 when this is no such. */
  public long extensionSize() {
    return has(ComponentFlag.EXTENSION)
        ? striping().map(s -> s.stripeSize() * EXTENSION_UNIT).orElse(0L)
        : 0;
  }

  boolean beginsMirrorAfter(FileComponent last) {
    if (id != 0 || last.id != 0) {
      return mirrorId() != last.mirrorId();
    }
    return last.end == TO_EOF || Long.compareUnsigned(start, last.end) < 0;
  }

  Optional<LayoutComponent> asLayoutComponent() {
    if (has(ComponentFlag.EXTENSION)
        || !(content instanceof Striping s)
        || s.knownPattern().isEmpty()
        || s.stripeCount() < -1) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          new LayoutComponent(
              start,
              end,
              s.knownPattern().get(),
              s.stripeCount(),
              s.stripeSize(),
              s.pool().orElse(null)));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
