// SPDX-License-Identifier: Apache-2.0
package io.kmesh.path;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * A name or a path of a POSIX file system: any bytes but NUL, compared byte by byte (unsigned).
 *
 * <p>The printed form ({@link #toString()}) escapes what is not printable UTF-8 and is for people
 * only: it is never parsed back. {@link #utf8()} gives the exact text where there is one.
 * Immutable.
 */
public final class PathBytes implements Comparable<PathBytes> {
  /** The empty path: the root that a call is relative to. */
  public static final PathBytes EMPTY = new PathBytes(new byte[0]);

  /** The longest name that POSIX file systems here carry, in bytes. */
  public static final int NAME_MAX = 255;

  private final byte[] bytes;

  /** The hash; 0 while nobody asked for it. As that of a text: a race computes it twice. */
  private int hash;

  private PathBytes(byte[] bytes) {
    this.bytes = bytes;
  }

  /**
   * A path of a copy of these bytes.
   *
   * @throws IllegalArgumentException when one of them is NUL
   */
  public static PathBytes of(byte[] bytes) {
    return of(bytes, 0, bytes.length);
  }

  /**
   * A path of a copy of a part of these bytes.
   *
   * @throws IllegalArgumentException when one of them is NUL
   */
  public static PathBytes of(byte[] bytes, int offset, int length) {
    byte[] copy = Arrays.copyOfRange(bytes, offset, offset + length);
    for (int i = 0; i < copy.length; i++) {
      if (copy[i] == 0) {
        throw new IllegalArgumentException(
            "Cannot use a path with a NUL byte (at byte " + i + "). Remove it.");
      }
    }
    return copy.length == 0 ? EMPTY : new PathBytes(copy);
  }

  /**
   * The exact bytes of a path of this machine, made absolute, whatever the JVM's locale can say; no
   * slash at its end but the root's.
   *
   * @throws IllegalArgumentException when it is a path of another file system than the default one
   */
  public static PathBytes absolute(Path path) {
    if (!path.getFileSystem().equals(FileSystems.getDefault())) {
      throw new IllegalArgumentException(
          "Cannot take the bytes of "
              + path
              + ": it is a path of "
              + path.getFileSystem()
              + ". Pass one of the default file system.");
    }
    // Its URI names every byte, where its text has question marks for what the locale can't say.
    String raw = path.toUri().getRawPath();
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
    byte[] all = bytes.toByteArray();
    int length = all.length;
    while (length > 1 && all[length - 1] == '/') {
      length--;
    }
    return of(all, 0, length);
  }

  /**
   * A path of the UTF-8 bytes of a text.
   *
   * @throws IllegalArgumentException when the text holds NUL or an unpaired surrogate
   */
  public static PathBytes of(String text) {
    try {
      ByteBuffer encoded =
          StandardCharsets.UTF_8
              .newEncoder()
              .onMalformedInput(CodingErrorAction.REPORT)
              .encode(java.nio.CharBuffer.wrap(text));
      byte[] utf8 = new byte[encoded.remaining()];
      encoded.get(utf8);
      return of(utf8);
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException(
          "Cannot use a text with an unpaired surrogate as a path. Pass the path's bytes.", e);
    }
  }

  /** The number of bytes. */
  public int length() {
    return bytes.length;
  }

  /** The byte at {@code index}. */
  public byte at(int index) {
    return bytes[index];
  }

  /** A copy of the bytes. */
  public byte[] toBytes() {
    return bytes.clone();
  }

  /**
   * Puts the bytes at the position of a buffer.
   *
   * @throws java.nio.BufferOverflowException when they do not fit
   */
  public void copyTo(ByteBuffer target) {
    target.put(bytes);
  }

  /** Whether there is no byte. */
  public boolean isEmpty() {
    return bytes.length == 0;
  }

  /** The exact text when the bytes are valid UTF-8. */
  public Optional<String> utf8() {
    try {
      return Optional.of(
          StandardCharsets.UTF_8
              .newDecoder()
              .onMalformedInput(CodingErrorAction.REPORT)
              .onUnmappableCharacter(CodingErrorAction.REPORT)
              .decode(ByteBuffer.wrap(bytes))
              .toString());
    } catch (CharacterCodingException e) {
      return Optional.empty();
    }
  }

  /**
   * Whether this can name one directory entry: 1 to 255 bytes, no slash, not {@code .} or {@code
   * ..}.
   */
  public boolean isName() {
    if (bytes.length == 0 || bytes.length > NAME_MAX) {
      return false;
    }
    for (byte b : bytes) {
      if (b == '/') {
        return false;
      }
    }
    return !(bytes[0] == '.' && (bytes.length == 1 || (bytes.length == 2 && bytes[1] == '.')));
  }

  /**
   * The names of this path in order, without empty ones; a leading slash means the root that calls
   * are relative to.
   *
   * @throws IllegalArgumentException when a name is {@code .}, {@code ..} or longer than 255 bytes
   */
  public List<PathBytes> names() {
    List<PathBytes> names = new ArrayList<>();
    int start = 0;
    for (int i = 0; i <= bytes.length; i++) {
      if (i == bytes.length || bytes[i] == '/') {
        if (i > start) {
          PathBytes name = new PathBytes(Arrays.copyOfRange(bytes, start, i));
          if (!name.isName()) {
            throw new IllegalArgumentException(
                "Cannot use the path "
                    + this
                    + ": the name "
                    + name
                    + " is \".\", \"..\" or longer than 255 bytes. Name each directory itself.");
          }
          names.add(name);
        }
        start = i + 1;
      }
    }
    return names;
  }

  /** This path, a slash unless this path is empty, and {@code name}. */
  public PathBytes resolve(PathBytes name) {
    if (isEmpty()) {
      return name;
    }
    boolean slash = bytes[bytes.length - 1] == '/';
    byte[] joined = Arrays.copyOf(bytes, bytes.length + (slash ? 0 : 1) + name.bytes.length);
    if (!slash) {
      joined[bytes.length] = '/';
    }
    System.arraycopy(name.bytes, 0, joined, joined.length - name.bytes.length, name.bytes.length);
    return new PathBytes(joined);
  }

  /** This path with the name of the UTF-8 text {@code name} below it. */
  public PathBytes resolve(String name) {
    return resolve(of(name));
  }

  /** What is before the last slash; the empty path when there is none. */
  public PathBytes parent() {
    int slash = lastSlash();
    return slash <= 0 ? EMPTY : new PathBytes(Arrays.copyOf(bytes, slash));
  }

  /** What is behind the last slash; all of it when there is none. */
  public PathBytes name() {
    int slash = lastSlash();
    return slash < 0 ? this : new PathBytes(Arrays.copyOfRange(bytes, slash + 1, bytes.length));
  }

  /** Whether this path is {@code other} or lies below it. */
  public boolean isAtOrBelow(PathBytes other) {
    if (other.isEmpty()) {
      return true;
    }
    int n = other.bytes.length;
    return bytes.length >= n
        && Arrays.equals(bytes, 0, n, other.bytes, 0, n)
        && (bytes.length == n || bytes[n] == '/');
  }

  private int lastSlash() {
    for (int i = bytes.length - 1; i >= 0; i--) {
      if (bytes[i] == '/') {
        return i;
      }
    }
    return -1;
  }

  @Override
  public int compareTo(PathBytes other) {
    return Arrays.compareUnsigned(bytes, other.bytes);
  }

  @Override
  public boolean equals(@org.jspecify.annotations.Nullable Object o) {
    return o instanceof PathBytes p && Arrays.equals(bytes, p.bytes);
  }

  @Override
  public int hashCode() {
    int known = hash;
    if (known == 0) {
      known = Arrays.hashCode(bytes);
      hash = known;
    }
    return known;
  }

  /**
   * The printed form: printable UTF-8 as it is, a backslash doubled, every other byte as {@code
   * \xHH}. For people only.
   */
  @Override
  public String toString() {
    return PathPrinter.print(bytes);
  }
}
