// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The layout of a file whose data are not in Lustre: opaque to it. Source: {@code struct
 * lov_foreign_md}.
 *
 * @param type the code of {@code enum lustre_foreign_types}, of newer releases too
 * @param flags all its flags; their meaning depends on the type
 * @param value opaque bytes
 */
public record ForeignLayout(int type, int flags, byte[] value) implements FileComponent.Content {
  /** Copies the value. */
  public ForeignLayout {
    value = value.clone();
  }

  /** A copy of the value. */
  @Override
  public byte[] value() {
    return value.clone();
  }

  /** The type's name as {@code lfs} prints it; {@code unknown} for one of a newer release. */
  public String typeName() {
    return switch (type) {
      case 0 -> "none";
      case 1 -> "posix";
      case 2 -> "pccrw";
      case 3 -> "pccro";
      case 4 -> "s3";
      case 0xda05 -> "symlink";
      default -> "unknown";
    };
  }

  /** The code of a type's name or of a number; -1 for another text. */
  static int typeOf(String text) {
    return switch (text) {
      case "none" -> 0;
      case "posix" -> 1;
      case "pccrw" -> 2;
      case "pccro" -> 3;
      case "s3" -> 4;
      case "symlink" -> 0xda05;
      default -> -1;
    };
  }

  /** The value as text; bytes that are not UTF-8 are replaced. */
  String text() {
    return new String(value, StandardCharsets.UTF_8);
  }

  @Override
  public boolean equals(@Nullable Object o) {
    return o instanceof ForeignLayout f
        && f.type == type
        && f.flags == flags
        && Arrays.equals(f.value, value);
  }

  @Override
  public int hashCode() {
    return Objects.hash(type, flags, Arrays.hashCode(value));
  }

  /** Type, flags, and the value by its length. */
  @Override
  public String toString() {
    return String.format("foreign %s, flags 0x%x, %d bytes", typeName(), flags, value.length);
  }
}
