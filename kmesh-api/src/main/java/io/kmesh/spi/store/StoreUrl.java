// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.store;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a store is: {@code scheme://bucket/prefix?option=value&option=value}. The prefix is written
 * as it is: only {@code %}, {@code ?} and {@code #} of it are written as {@code %25}, {@code %3F}
 * and {@code %23}. It ends in {@code /} or is empty, and a missing one is added.
 *
 * @param scheme in lower case
 * @param bucket the bucket or container
 * @param prefix of all keys, without a {@code /} at its beginning; empty for all of the bucket
 * @param options by name
 */
public record StoreUrl(String scheme, String bucket, String prefix, Map<String, String> options) {
  /** A name with a password, which no store takes from a URL; keys of S3 have slashes. */
  private static final Pattern PASSWORD = Pattern.compile("//[^/@]*:.*@", Pattern.DOTALL);

  private static final Pattern FORM =
      Pattern.compile(
          "([A-Za-z][A-Za-z0-9+.-]*)://([^/?#]+)(?:/([^?#]*))?(?:\\?([^#]*))?", Pattern.DOTALL);

  /** Sorts the options. */
  public StoreUrl {
    scheme = scheme.toLowerCase(Locale.ROOT);
    options = Collections.unmodifiableMap(new TreeMap<>(options));
  }

  /**
   * Reads a URL.
   *
   * @throws ProviderException INVALID when it is none of a store
   */
  public static StoreUrl parse(String text) throws ProviderException {
    Matcher matcher = FORM.matcher(text);
    if (!matcher.matches()) {
      throw invalid(text, "it is not scheme://bucket/prefix?option=value");
    }
    if (PASSWORD.matcher(place(text)).find()) {
      throw invalid(
          text,
          "a password or key stands before the bucket. Name a file of credentials by an option");
    }
    String prefix = matcher.group(3) == null ? "" : decoded(text, matcher.group(3), false);
    if (!prefix.isEmpty() && !prefix.endsWith("/")) {
      prefix += "/";
    }
    Map<String, String> options = new TreeMap<>();
    String query = matcher.group(4);
    for (String option : query == null || query.isEmpty() ? new String[0] : query.split("&", -1)) {
      int equals = option.indexOf('=');
      if (equals < 1) {
        // Not repeated: it may be a secret.
        throw invalid(text, "what stands behind ? or & is not option=value");
      }
      String name = decoded(text, option.substring(0, equals), true);
      if (options.put(name, decoded(text, option.substring(equals + 1), true)) != null) {
        throw invalid(text, "the option " + name + " is there twice");
      }
    }
    return new StoreUrl(matcher.group(1), matcher.group(2), prefix, options);
  }

  private static String decoded(String text, String part, boolean isQuery)
      throws ProviderException {
    try {
      // Only a query's plus is a space.
      String escaped = isQuery ? part : part.replace("+", "%2B");
      return URLDecoder.decode(escaped, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw invalid(text, "a % is not followed by two hexadecimal digits (write %25 for a %)");
    }
  }

  private static ProviderException invalid(String text, String reason) {
    String shown = PASSWORD.matcher(place(text)).replaceFirst("//***@");
    return new ProviderException(
        ErrorKind.INVALID, "Cannot read the store's URL " + shown + ": " + reason + ".");
  }

  /** A URL's text without its options. */
  private static String place(String text) {
    int query = text.indexOf('?');
    return query < 0 ? text : text.substring(0, query);
  }

  /** An option's value. */
  public Optional<String> option(String name) {
    return Optional.ofNullable(options.get(name));
  }

  /**
   * Refuses options that a store does not know.
   *
   * @throws ProviderException INVALID, with the names that there are
   */
  public void requireKnown(Set<String> known) throws ProviderException {
    for (String name : options.keySet()) {
      if (!known.contains(name)) {
        throw new ProviderException(
            ErrorKind.INVALID,
            "Cannot open "
                + this
                + ": there is no option "
                + name
                + ". There are: "
                + String.join(", ", new TreeSet<>(known))
                + ".");
      }
    }
  }

  /** The place alone; options may hold secrets. */
  @Override
  public String toString() {
    String path = prefix.replace("%", "%25").replace("?", "%3F").replace("#", "%23");
    return scheme + "://" + bucket + (path.isEmpty() ? "" : "/" + path);
  }
}
