// SPDX-License-Identifier: Apache-2.0
package io.kmesh.store;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * How keys become names of files and directories, one to one, in plain ASCII, none longer than 204
 * bytes. Stateless.
 */
final class KeyPaths {
  /** A piece ends as soon as it has so many characters. */
  private static final int PIECE = 200;

  private static final String OBJECT = "%o";
  private static final String CONTINUES = "%+";
  private static final String EMPTY = "%-";
  private static final String PLAIN = "-_,=@+~";
  private static final char[] HEX = "0123456789ABCDEF".toCharArray();

  private KeyPaths() {}

  /** What the name of an entry says. */
  enum Kind {
    /** An object's file. */
    OBJECT,
    /** A directory whose keys go on with a slash. */
    DIRECTORY,
    /** A directory that goes on with the same segment. */
    CONTINUATION
  }

  /**
   * An entry of a directory.
   *
   * @param kind what it is
   * @param bytes the bytes of the piece
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Entry(Kind kind, byte[] bytes) {
    /** What all keys at or below it begin with, behind the directory's own bytes. */
    byte[] begin() {
      if (kind != Kind.DIRECTORY) {
        return bytes;
      }
      byte[] begin = Arrays.copyOf(bytes, bytes.length + 1);
      begin[bytes.length] = '/';
      return begin;
    }
  }

  /** The names of the directories and, last, of the file of a key. */
  static List<String> names(String key) {
    byte[] bytes = key.getBytes(StandardCharsets.UTF_8);
    List<String> names = new ArrayList<>();
    int start = 0;
    for (int i = 0; i <= bytes.length; i++) {
      if (i == bytes.length) {
        segment(bytes, start, i, OBJECT, names);
      } else if (bytes[i] == '/') {
        segment(bytes, start, i, "", names);
        start = i + 1;
      }
    }
    return names;
  }

  /** The names of the directories that hold all keys of the prefix up to its last slash. */
  static List<String> directoryNames(byte[] prefixWithSlash) {
    List<String> names = new ArrayList<>();
    int start = 0;
    for (int i = 0; i < prefixWithSlash.length; i++) {
      if (prefixWithSlash[i] == '/') {
        segment(prefixWithSlash, start, i, "", names);
        start = i + 1;
      }
    }
    return names;
  }

  /** The name of an entry by what its keys begin with; the inverse of {@link Entry#begin}. */
  static String name(byte[] begin, Kind kind) {
    int length = kind == Kind.DIRECTORY ? begin.length - 1 : begin.length;
    StringBuilder piece = new StringBuilder();
    for (int i = 0; i < length; i++) {
      append(piece, begin[i]);
    }
    String name = piece.length() == 0 ? EMPTY : piece.toString();
    return switch (kind) {
      case OBJECT -> name + OBJECT;
      case CONTINUATION -> name + CONTINUES;
      case DIRECTORY -> name;
    };
  }

  /** Whether bytes begin with others. */
  static boolean startsWith(byte[] bytes, byte[] begin) {
    return bytes.length >= begin.length
        && Arrays.equals(bytes, 0, begin.length, begin, 0, begin.length);
  }

  private static void segment(byte[] key, int from, int to, String mark, List<String> names) {
    StringBuilder piece = new StringBuilder();
    for (int i = from; i < to; i++) {
      append(piece, key[i]);
      if (piece.length() >= PIECE) {
        names.add(piece + CONTINUES);
        piece.setLength(0);
      }
    }
    names.add((piece.length() == 0 ? EMPTY : piece.toString()) + mark);
  }

  private static void append(StringBuilder piece, byte b) {
    int c = b & 0xff;
    if (isPlain(c) || (c == '.' && piece.length() > 0)) {
      piece.append((char) c);
    } else {
      piece.append('%').append(HEX[c >> 4]).append(HEX[c & 15]);
    }
  }

  private static boolean isPlain(int c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || (c < 0x80 && PLAIN.indexOf(c) >= 0);
  }

  /** What a name says; empty when it is foreign: no key makes such a name. */
  static Optional<Entry> parse(String name) {
    Kind kind = Kind.DIRECTORY;
    String piece = name;
    if (name.endsWith(OBJECT)) {
      kind = Kind.OBJECT;
      piece = name.substring(0, name.length() - OBJECT.length());
    } else if (name.endsWith(CONTINUES)) {
      kind = Kind.CONTINUATION;
      piece = name.substring(0, name.length() - CONTINUES.length());
    }
    if (piece.equals(EMPTY)) {
      return kind == Kind.CONTINUATION
          ? Optional.empty()
          : Optional.of(new Entry(kind, new byte[0]));
    }
    // A continuation has 200 characters and perhaps the rest of an escape; all others have fewer.
    boolean isFull = piece.length() >= PIECE && piece.length() < PIECE + 3;
    if (piece.isEmpty() || (kind == Kind.CONTINUATION) != isFull) {
      return Optional.empty();
    }
    if (kind != Kind.CONTINUATION && piece.length() >= PIECE) {
      return Optional.empty();
    }
    return unescape(piece).map(new KindOf(kind)::entry);
  }

  private record KindOf(Kind kind) {
    Entry entry(byte[] bytes) {
      return new Entry(kind, bytes);
    }
  }

  private static Optional<byte[]> unescape(String piece) {
    int plain = 0;
    while (plain < piece.length()
        && (isPlain(piece.charAt(plain)) || (plain > 0 && piece.charAt(plain) == '.'))) {
      plain++;
    }
    return plain == piece.length()
        ? Optional.of(piece.getBytes(StandardCharsets.ISO_8859_1)) // as most names are
        : unescapeAll(piece);
  }

  private static Optional<byte[]> unescapeAll(String piece) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(piece.length());
    StringBuilder again = new StringBuilder(piece.length());
    for (int i = 0; i < piece.length(); i++) {
      char c = piece.charAt(i);
      if (c == '%') {
        if (i + 2 >= piece.length()) {
          return Optional.empty();
        }
        int high = Character.digit(piece.charAt(i + 1), 16);
        int low = Character.digit(piece.charAt(i + 2), 16);
        if (high < 0 || low < 0) {
          return Optional.empty();
        }
        bytes.write(high << 4 | low);
        i += 2;
      } else {
        bytes.write(c);
      }
      if (c > 0x7e) {
        return Optional.empty();
      }
    }
    byte[] decoded = bytes.toByteArray();
    for (byte b : decoded) {
      if (b == '/') {
        return Optional.empty();
      }
      append(again, b);
    }
    // One to one: another spelling of the same bytes is foreign.
    return again.toString().equals(piece) ? Optional.of(decoded) : Optional.empty();
  }
}
