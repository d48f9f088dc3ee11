// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.cloud;

import java.util.UUID;
import java.util.regex.Pattern;

/**
 * The name of one change that a cloud is asked for, made before it is asked and kept with what was
 * asked, so that the same change asked again is known. It fits where clouds want such a name: a
 * client token, the tail of a resource's name, a UUID.
 *
 * @param value a UUID of version 4 without its dashes: 32 of {@code 0-9 a-f}
 */
public record CloudToken(String value) {
  private static final Pattern FORM = Pattern.compile("[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}");

  /** Checks the form. */
  public CloudToken {
    if (!FORM.matcher(value).matches()) {
      throw new IllegalArgumentException(
          "Cannot use \"" + value + "\" as a token: it is no UUID of version 4 without dashes.");
    }
  }

  /** The token of a random UUID. */
  public static CloudToken of(UUID uuid) {
    return new CloudToken(uuid.toString().replace("-", ""));
  }

  /** It as a UUID. */
  public UUID uuid() {
    return new UUID(
        Long.parseUnsignedLong(value, 0, 16, 16), Long.parseUnsignedLong(value, 16, 32, 16));
  }

  @Override
  public String toString() {
    return value;
  }
}
