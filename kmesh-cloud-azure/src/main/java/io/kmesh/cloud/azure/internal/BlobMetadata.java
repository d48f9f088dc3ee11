// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.azure.internal;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.net.URI;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * User metadata as Azure keeps it: its names are C# identifiers without case, and HTTP trims its
 * values. {@code docs/format/azure-blobs.md} describes the escape. What needs none stays as it is,
 * so that the tools of others read it.
 */
final class BlobMetadata {
  private static final int MOST_BYTES = 8 * 1024;

  private BlobMetadata() {}

  /** Metadata as Azure takes it; INVALID when it is too large in that form. */
  static Map<String, String> encode(String verb, String key, URI uri, Map<String, String> metadata)
      throws ProviderException {
    Map<String, String> encoded = new TreeMap<>();
    long bytes = 0;
    for (Map.Entry<String, String> entry : metadata.entrySet()) {
      String name = encodeName(entry.getKey());
      String value = encodeValue(entry.getValue());
      bytes += name.length() + value.length();
      encoded.put(name, value);
    }
    if (bytes > MOST_BYTES) {
      throw new ProviderException(
          ErrorKind.INVALID,
          "Cannot "
              + verb
              + " "
              + key
              + " in "
              + uri
              + ": its metadata has "
              + bytes
              + " bytes as Azure names it. Use at most "
              + MOST_BYTES
              + ".");
    }
    return encoded;
  }

  /** Metadata as Azure gave it, with names in lower case. */
  static Map<String, String> decode(@Nullable Map<String, String> encoded) {
    Map<String, String> metadata = new TreeMap<>();
    if (encoded != null) {
      encoded.forEach(
          (name, value) ->
              metadata.put(
                  decodeName(name.toLowerCase(Locale.ROOT)),
                  value == null ? "" : decodeValue(value)));
    }
    return metadata;
  }

  static String encodeName(String name) {
    StringBuilder encoded = new StringBuilder();
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      boolean escaped = c == '_' ? isRun(name, i) : !isPlain(c) || (i == 0 && isDigit(c));
      if (escaped) {
        encoded.append("__").append(String.format("%02x", (int) c));
      } else {
        encoded.append(c);
      }
    }
    return encoded.toString();
  }

  /** An underscore before another, or before an escape, would be read as part of an escape. */
  private static boolean isRun(String name, int at) {
    if (at + 1 == name.length()) {
      return false;
    }
    char next = name.charAt(at + 1);
    return next == '_' || !isPlain(next);
  }

  static String decodeName(String encoded) {
    StringBuilder name = new StringBuilder();
    int i = 0;
    while (i < encoded.length()) {
      int c = encoded.startsWith("__", i) ? escaped(encoded, i + 2) : -1;
      if (c < 0) {
        name.append(encoded.charAt(i));
        i++;
      } else {
        name.append((char) c);
        i += 4;
      }
    }
    return name.toString();
  }

  /** The character of an escape that {@link #encodeName} writes; -1 for anything else. */
  private static int escaped(String encoded, int at) {
    if (at + 2 > encoded.length()) {
      return -1;
    }
    int high = Character.digit(encoded.charAt(at), 16);
    int low = Character.digit(encoded.charAt(at + 1), 16);
    int c = high * 16 + low;
    boolean isOurs =
        high >= 0
            && low >= 0
            && c > ' '
            && c < 0x7f
            && (c == '_' || !isPlain((char) c) || (isDigit((char) c) && at == 2))
            && !(c >= 'A' && c <= 'Z');
    return isOurs ? c : -1;
  }

  private static boolean isPlain(char c) {
    return (c >= 'a' && c <= 'z') || isDigit(c) || c == '_';
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  static String encodeValue(String value) {
    return needsQuotes(value) ? '"' + value + '"' : value;
  }

  static String decodeValue(String encoded) {
    return isQuoted(encoded) && needsQuotes(inner(encoded)) ? inner(encoded) : encoded;
  }

  /** Whether HTTP would change a value, or a reader take it for a quoted one. */
  private static boolean needsQuotes(String value) {
    return value.isEmpty()
        || value.startsWith(" ")
        || value.endsWith(" ")
        || (isQuoted(value) && needsQuotes(inner(value)));
  }

  private static boolean isQuoted(String value) {
    return value.length() >= 2 && value.startsWith("\"") && value.endsWith("\"");
  }

  private static String inner(String quoted) {
    return quoted.substring(1, quoted.length() - 1);
  }
}
