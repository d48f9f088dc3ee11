// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.posix;

import io.kmesh.path.PathBytes;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Turns bytes into paths of the default file system and back, whatever the JVM's locale can say.
 *
 * <p>A path's text is lossy: its {@code sun.jnu.encoding} may lack what a name holds. Its URI is
 * not: the JDK writes and reads every byte there. {@link #areExact()} proves it of the running JDK.
 */
final class RawPaths {
  private static final Path NOWHERE = Path.of("/.kmesh-no-such-directory");
  private static final boolean EXACT = probe();

  private RawPaths() {}

  /** Whether paths of any bytes survive here. */
  static boolean areExact() {
    return EXACT;
  }

  private static boolean probe() {
    PathBytes hostile =
        PathBytes.of(new byte[] {(byte) 0xff, '\n', (byte) 0xc3, (byte) 0xa9, '%', '?', 1});
    try {
      return bytesOf(decode(hostile)).equals(hostile);
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  /** The relative path of one name; empty where this JVM can't say it. */
  static Optional<Path> ofName(PathBytes name) {
    return ofRelative(name);
  }

  /** The path of a symbolic link's text, not normalized; empty where this JVM can't say it. */
  static Optional<Path> ofText(PathBytes text) {
    if (text.at(0) != '/') {
      return ofRelative(text);
    }
    return exact(Path.of(URI.create("file://" + escape(text))), text);
  }

  private static Optional<Path> ofRelative(PathBytes bytes) {
    return EXACT ? exact(decode(bytes), bytes) : exact(Path.of(bytes.toString()), bytes);
  }

  private static Optional<Path> exact(Path path, PathBytes bytes) {
    return bytesOf(path).equals(bytes) ? Optional.of(path) : Optional.empty();
  }

  private static Path decode(PathBytes relative) {
    Path absolute = Path.of(URI.create("file:///k/" + escape(relative)));
    return absolute.subpath(1, absolute.getNameCount());
  }

  private static String escape(PathBytes bytes) {
    StringBuilder escaped = new StringBuilder(bytes.length() + 16);
    for (int i = 0; i < bytes.length(); i++) {
      int b = bytes.at(i) & 0xff;
      boolean plain = b == '/' || b == '.' || b == '-' || b == '_' || Character.isLetterOrDigit(b);
      if (plain && b < 0x80) {
        escaped.append((char) b);
      } else {
        escaped.append('%');
        escaped.append(Character.forDigit(b >>> 4, 16));
        escaped.append(Character.forDigit(b & 0xf, 16));
      }
    }
    return escaped.toString();
  }

  /** The exact bytes of a path as it is: a relative one stays relative. */
  static PathBytes bytesOf(Path path) {
    String text = path.toString();
    if (isAscii(text)) {
      return PathBytes.of(text.getBytes(StandardCharsets.US_ASCII));
    }
    if (!path.isAbsolute()) {
      byte[] all = unescape(NOWHERE.resolve(path).toUri().getRawPath());
      int prefix = NOWHERE.toString().length() + 1;
      return PathBytes.of(all, prefix, all.length - prefix);
    }
    // The URI of an existing directory ends in a slash that the path may not have.
    byte[] all = unescape(path.toUri().getRawPath());
    int length = all.length;
    if (length > 1 && all[length - 1] == '/' && !text.endsWith("/")) {
      length--;
    }
    return PathBytes.of(all, 0, length);
  }

  private static boolean isAscii(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) >= 0x80) {
        return false;
      }
    }
    return true;
  }

  private static byte[] unescape(String raw) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(raw.length());
    for (int i = 0; i < raw.length(); i++) {
      char c = raw.charAt(i);
      if (c == '%') {
        bytes.write(Integer.parseInt(raw.substring(i + 1, i + 3), 16));
        i += 2;
      } else {
        bytes.write(c);
      }
    }
    return bytes.toByteArray();
  }
}
