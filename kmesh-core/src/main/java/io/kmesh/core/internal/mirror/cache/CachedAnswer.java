// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror.cache;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.store.Crc32c;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.Sha256;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What is known of an object at a key, in the form of docs/format/mirror-cache.md. It is read when
 * it is asked, and what is not in that form is CORRUPT. Immutable.
 */
final class CachedAnswer {
  /** Whose word it is. */
  enum Origin {
    /** A listing alone: the metadata is not known. */
    LISTED,
    /** What was sent, which the store acknowledged. */
    SENT,
    /** The store's answer. */
    ANSWERED
  }

  /** The most bytes of one. */
  static final int LONGEST = 1 << 20;

  /** The longest body that is kept with one. */
  static final int LONGEST_BODY = 256 << 10;

  private static final int ORIGIN = 3;
  private static final int HAS_VERSION = 4;
  private static final int HAS_SHA256 = 8;
  private static final int HAS_CRC32C = 16;
  private static final int HAS_BODY = 32;
  private static final int KNOWN_FLAGS = ORIGIN | HAS_VERSION | HAS_SHA256 | HAS_CRC32C | HAS_BODY;
  private static final int SHA256_BYTES = 32;
  private static final int LONGEST_TEXT = 0xffff;

  /** Flags, size, and the two times. */
  private static final int FIXED = 1 + 8 + 12 + 12;

  private static final int SIZE_AT = 1;
  private static final int FROM_AT = 9;
  private static final int TO_AT = 21;
  private static final int KEY_AT = FIXED + 2;

  /** In the order of their numbers, which begin with 1. */
  static final List<String> NAMES =
      List.of(
          "kmesh-format",
          "kmesh-type",
          "kmesh-mode",
          "kmesh-uid",
          "kmesh-gid",
          "kmesh-mtime",
          "kmesh-atime",
          "kmesh-size",
          "kmesh-sha256",
          "kmesh-body-sha256",
          "kmesh-extents",
          "kmesh-fid",
          "kmesh-data-version",
          "kmesh-path",
          "kmesh-target",
          "kmesh-links",
          "kmesh-rdev",
          "kmesh-xattrs",
          "kmesh-side",
          "kmesh-attempt",
          "kmesh-translated",
          "kmesh-crc32c");

  private static final Map<String, Integer> NUMBERS = numbers();

  private final byte[] form;
  private final int keyLength;

  private CachedAnswer(byte[] form, int keyLength) {
    this.form = form;
    this.keyLength = keyLength;
  }

  private static Map<String, Integer> numbers() {
    Map<String, Integer> numbers = new HashMap<>();
    for (String name : NAMES) {
      numbers.put(name, numbers.size() + 1);
    }
    return numbers;
  }

  /**
   * What is known of an object.
   *
   * @param key in UTF-8, without the prefix
   * @param from the least time of the last change with which a listing confirms it
   * @param to the last such time
   * @return empty for what has no room
   */
  static Optional<CachedAnswer> of(
      byte[] key, ObjectInfo info, Origin origin, Instant from, Instant to) {
    return of(key, info, null, origin, from, to);
  }

  /**
   * What is known of an object and its bytes.
   *
   * @param body null where its bytes are not kept
   * @return empty for what has no room
   */
  static Optional<CachedAnswer> of(
      byte[] key,
      ObjectInfo info,
      byte @Nullable [] body,
      Origin origin,
      Instant from,
      Instant to) {
    byte[] kept =
        body == null || body.length > LONGEST_BODY || origin == Origin.LISTED ? null : body;
    byte[] etag = utf8(info.etag());
    byte[] version = utf8(info.versionId().orElse(""));
    long length = KEY_AT + (long) key.length + etag.length + version.length + 64;
    length += kept == null ? 0 : 4L + kept.length;
    Map<String, byte[]> metadata = new LinkedHashMap<>();
    if (origin != Origin.LISTED) {
      for (Map.Entry<String, String> entry : info.metadata().entrySet()) {
        byte[] name = utf8(entry.getKey());
        byte[] value = utf8(entry.getValue());
        if (name.length > LONGEST_TEXT || value.length > LONGEST_TEXT) {
          return Optional.empty();
        }
        metadata.put(entry.getKey(), value);
        length += 5L + name.length + value.length;
      }
    }
    boolean hasRoom =
        length <= LONGEST
            && key.length <= LONGEST_TEXT
            && etag.length <= LONGEST_TEXT
            && version.length <= LONGEST_TEXT
            && metadata.size() <= LONGEST_TEXT;
    if (!hasRoom) {
      return Optional.empty();
    }
    ByteBuffer out = ByteBuffer.allocate((int) length);
    boolean isKnown = origin != Origin.LISTED;
    out.put((byte) (flags(info, origin) | (kept == null ? 0 : HAS_BODY)));
    out.putLong(info.size());
    put(out, from);
    put(out, to);
    put(out, key);
    put(out, etag);
    if (info.versionId().isPresent()) {
      put(out, version);
    }
    if (isKnown) {
      info.sha256().ifPresent(sum -> out.put(sum.bytes()));
      info.crc32c().ifPresent(sum -> out.putInt(sum.value()));
      out.putShort((short) metadata.size());
      metadata.forEach(
          (name, value) -> {
            int number = NUMBERS.getOrDefault(name, 0);
            out.put((byte) number);
            if (number == 0) {
              put(out, utf8(name));
            }
            put(out, value);
          });
    }
    if (kept != null) {
      out.putInt(kept.length);
      out.put(kept);
    }
    return Optional.of(new CachedAnswer(Arrays.copyOf(out.array(), out.position()), key.length));
  }

  private static int flags(ObjectInfo info, Origin origin) {
    boolean isKnown = origin != Origin.LISTED;
    int number = isKnown ? (origin == Origin.SENT ? 1 : 2) : 0;
    return number
        | (info.versionId().isPresent() ? HAS_VERSION : 0)
        | (isKnown && info.sha256().isPresent() ? HAS_SHA256 : 0)
        | (isKnown && info.crc32c().isPresent() ? HAS_CRC32C : 0);
  }

  private static void put(ByteBuffer out, Instant time) {
    out.putLong(time.getEpochSecond());
    out.putInt(time.getNano());
  }

  private static void put(ByteBuffer out, byte[] text) {
    out.putShort((short) text.length);
    out.put(text);
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** Takes the stored form, of which only the key is looked at now. */
  static CachedAnswer read(byte[] form) throws ProviderException {
    if (form.length < KEY_AT) {
      throw damaged("it ends early");
    }
    int keyLength = ByteBuffer.wrap(form).getShort(FIXED) & 0xffff;
    if ((form[0] & ~KNOWN_FLAGS) != 0 || (form[0] & ORIGIN) == ORIGIN) {
      throw damaged("its flags are not known");
    }
    if (form.length < KEY_AT + keyLength) {
      throw damaged("it ends in its key");
    }
    return new CachedAnswer(form, keyLength);
  }

  private static ProviderException damaged(String reason) {
    return new ProviderException(
        ErrorKind.CORRUPT, "Cannot use an entry of a cache: " + reason + ". Remove the cache.");
  }

  byte[] form() {
    return form;
  }

  Origin origin() {
    return switch (form[0] & ORIGIN) {
      case 0 -> Origin.LISTED;
      case 1 -> Origin.SENT;
      default -> Origin.ANSWERED;
    };
  }

  byte[] key() {
    return Arrays.copyOfRange(form, KEY_AT, KEY_AT + keyLength);
  }

  /** In the order of the keys' unsigned bytes. */
  int compareKey(byte[] other) {
    return Arrays.compareUnsigned(form, KEY_AT, KEY_AT + keyLength, other, 0, other.length);
  }

  /** The same of a stored form that lies in other bytes. */
  static int compareKey(byte[] bytes, int start, int length, byte[] other)
      throws ProviderException {
    int keyStart = start + KEY_AT;
    int keyLength =
        length < KEY_AT
            ? LONGEST
            : (bytes[keyStart - 2] & 0xff) << 8 | (bytes[keyStart - 1] & 0xff);
    if (keyLength > length - KEY_AT) {
      throw damaged("it ends in its key");
    }
    return Arrays.compareUnsigned(bytes, keyStart, keyStart + keyLength, other, 0, other.length);
  }

  /** In the order of the keys. */
  int compareKey(CachedAnswer other) {
    return Arrays.compareUnsigned(
        form, KEY_AT, KEY_AT + keyLength, other.form, KEY_AT, KEY_AT + other.keyLength);
  }

  /** Whether a listing says that the object is still this one. */
  boolean isAsListed(ObjectInfo listed) throws ProviderException {
    ByteBuffer in = ByteBuffer.wrap(form);
    Instant time = listed.lastModified();
    if (in.getLong(SIZE_AT) != listed.size()
        || time.isBefore(time(in, FROM_AT))
        || time.isAfter(time(in, TO_AT))) {
      return false;
    }
    in.position(KEY_AT + keyLength);
    if (listed.etag().isEmpty() || !text(in).equals(listed.etag())) {
      return false;
    }
    String version = (form[0] & HAS_VERSION) == 0 ? null : text(in);
    return listed.versionIdOrNull() == null || listed.versionIdOrNull().equals(version);
  }

  /** The same, confirmed by a listing alone that says this time. */
  CachedAnswer at(Instant time) {
    ByteBuffer buffer = ByteBuffer.wrap(form);
    if (time(buffer, FROM_AT, time) && time(buffer, TO_AT, time)) {
      return this;
    }
    byte[] copy = form.clone();
    ByteBuffer out = ByteBuffer.wrap(copy);
    out.position(FROM_AT);
    put(out, time);
    put(out, time);
    return new CachedAnswer(copy, keyLength);
  }

  private static boolean time(ByteBuffer in, int at, Instant wanted) {
    return in.getLong(at) == wanted.getEpochSecond() && in.getInt(at + 8) == wanted.getNano();
  }

  private static Instant time(ByteBuffer in, int at) throws ProviderException {
    try {
      return Instant.ofEpochSecond(in.getLong(at), in.getInt(at + 8));
    } catch (DateTimeException | ArithmeticException e) {
      throw damaged("its time is out of range");
    }
  }

  /**
   * The object.
   *
   * @param fullKey its key with the prefix
   */
  ObjectInfo info(String fullKey) throws ProviderException {
    return whole(fullKey).info;
  }

  /** The object's bytes; null where they are not kept. */
  byte @Nullable [] body() throws ProviderException {
    return (form[0] & HAS_BODY) == 0 ? null : whole("").body;
  }

  private record Whole(ObjectInfo info, byte @Nullable [] body) {}

  private Whole whole(String fullKey) throws ProviderException {
    try {
      ByteBuffer in = ByteBuffer.wrap(form);
      in.position(KEY_AT + keyLength);
      String etag = text(in);
      String version = (form[0] & HAS_VERSION) == 0 ? null : text(in);
      Sha256 sha256 = (form[0] & HAS_SHA256) == 0 ? null : new Sha256(raw(in, SHA256_BYTES));
      Crc32c crc32c = (form[0] & HAS_CRC32C) == 0 ? null : new Crc32c(in.getInt());
      Map<String, String> metadata = origin() == Origin.LISTED ? Map.of() : metadata(in);
      byte[] body = (form[0] & HAS_BODY) == 0 ? null : body(in);
      if (in.hasRemaining()) {
        throw damaged("bytes follow its end");
      }
      long size = in.getLong(SIZE_AT);
      if (body != null && body.length != size) {
        throw damaged("its body is not the object's");
      }
      return new Whole(
          new ObjectInfo(
              fullKey, size, etag, version, time(in, TO_AT), metadata, sha256, crc32c, null),
          body);
    } catch (BufferUnderflowException e) {
      throw damaged("it ends early");
    }
  }

  private static Map<String, String> metadata(ByteBuffer in) throws ProviderException {
    int count = in.getShort() & 0xffff;
    Map<String, String> metadata = new TreeMap<>();
    for (int i = 0; i < count; i++) {
      int number = in.get() & 0xff;
      if (number > NAMES.size()) {
        throw damaged("a name in it is not known");
      }
      String name = number == 0 ? text(in) : NAMES.get(number - 1);
      if (metadata.put(name, text(in)) != null) {
        throw damaged("a name is twice in it");
      }
    }
    return metadata;
  }

  private static byte[] body(ByteBuffer in) throws ProviderException {
    int length = in.getInt();
    if (length < 0 || length > Math.min(LONGEST_BODY, in.remaining())) {
      throw damaged("it ends in its body");
    }
    return raw(in, length);
  }

  private static byte[] raw(ByteBuffer in, int length) {
    byte[] bytes = new byte[length];
    in.get(bytes);
    return bytes;
  }

  private static String text(ByteBuffer in) throws ProviderException {
    try {
      int length = in.getShort() & 0xffff;
      if (length > in.remaining()) {
        throw damaged("it ends early");
      }
      ByteBuffer bytes = in.slice(in.position(), length);
      in.position(in.position() + length);
      return decoded(bytes);
    } catch (BufferUnderflowException e) {
      throw damaged("it ends early");
    }
  }

  private static String decoded(ByteBuffer bytes) throws ProviderException {
    // The strict decoder costs more, and what ASCII has can't be wrong.
    byte[] all = bytes.array();
    int at = bytes.arrayOffset();
    boolean isAscii = true;
    for (int i = 0; i < bytes.limit() && isAscii; i++) {
      isAscii = all[at + i] >= 0;
    }
    if (isAscii) {
      return new String(all, at, bytes.limit(), StandardCharsets.ISO_8859_1);
    }
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
    } catch (CharacterCodingException e) {
      throw damaged("a text in it is not UTF-8");
    }
  }

  @Override
  public boolean equals(@Nullable Object o) {
    return o instanceof CachedAnswer a && Arrays.equals(a.form, form);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(form);
  }
}
