// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.cloud;

import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Where a cloud can put a cluster.
 *
 * @param name the cloud's own name, such as {@code eu-central-1a}: 1 to 64 of {@code A-Z a-z 0-9 .
 *     _ -}
 * @param country the country that its machines stand in, ISO 3166-1 alpha-2, such as {@code DE}
 */
public record CloudZone(String name, String country) {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,64}");
  private static final Set<String> COUNTRIES = Set.of(Locale.getISOCountries());

  /** Checks name and country. */
  public CloudZone {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "Cannot use \"" + name + "\" as a zone: a name is 1 to 64 of A-Z a-z 0-9 . _ -.");
    }
    if (!COUNTRIES.contains(country)) {
      throw new IllegalArgumentException(
          "Cannot use the zone "
              + name
              + ": \""
              + country
              + "\" is no country of ISO 3166-1. Write two capital letters, such as DE.");
    }
  }
}
