// SPDX-License-Identifier: Apache-2.0
package io.kmesh.placement;

import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What is known of where a site keeps its data. Immutable.
 *
 * @param site the site's name, for people: 1 to 128 printable characters
 * @param countryOrNull the country of its machines, ISO 3166-1 alpha-2 such as {@code DE}; null
 *     when not known
 * @param providerOrNull who runs the machines, such as {@code aws}, or {@code own}: 1 to 128
 *     printable characters; null when not known
 * @param keyOwnerOrNull who holds the key that the data are kept under there, as providerOrNull;
 *     null when not known
 */
public record Placement(
    String site,
    @Nullable String countryOrNull,
    @Nullable String providerOrNull,
    @Nullable String keyOwnerOrNull) {
  private static final Pattern COUNTRY = Pattern.compile("[A-Z]{2}");
  private static final Pattern WORD = Pattern.compile("\\P{C}{1,128}");

  /** Checks the forms. */
  public Placement {
    requireWord("site", site);
    if (countryOrNull != null) {
      requireCountry(countryOrNull);
    }
    if (providerOrNull != null) {
      requireWord("provider", providerOrNull);
    }
    if (keyOwnerOrNull != null) {
      requireWord("key owner", keyOwnerOrNull);
    }
  }

  static void requireCountry(String country) {
    if (!COUNTRY.matcher(country).matches()) {
      throw new IllegalArgumentException(
          "Cannot use \"" + country + "\" as a country: write two capital letters, such as DE.");
    }
  }

  static void requireWord(String what, String word) {
    if (!WORD.matcher(word).matches()) {
      throw new IllegalArgumentException(
          "Cannot use \""
              + word
              + "\" as a "
              + what
              + ": it must be 1 to 128 printable characters.");
    }
  }

  /** A site of which nothing is known. */
  public static Placement unknown(String site) {
    return new Placement(site, null, null, null);
  }

  /** The same site in a country. */
  public Placement in(String country) {
    return new Placement(site, country, providerOrNull, keyOwnerOrNull);
  }

  /** The same site at a provider. */
  public Placement at(String provider) {
    return new Placement(site, countryOrNull, provider, keyOwnerOrNull);
  }

  /** The same site with the owner of its key. */
  public Placement keyOf(String owner) {
    return new Placement(site, countryOrNull, providerOrNull, owner);
  }

  /** The country of its machines. */
  public Optional<String> country() {
    return Optional.ofNullable(countryOrNull);
  }

  /** Who runs the machines. */
  public Optional<String> provider() {
    return Optional.ofNullable(providerOrNull);
  }

  /** Who holds the key that the data are kept under there. */
  public Optional<String> keyOwner() {
    return Optional.ofNullable(keyOwnerOrNull);
  }

  /** The site with what is known of it, for people. */
  @Override
  public String toString() {
    return site
        + " (country "
        + country().orElse("unknown")
        + ", provider "
        + provider().orElse("unknown")
        + ", key of "
        + keyOwner().orElse("unknown")
        + ")";
  }
}
