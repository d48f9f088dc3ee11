// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.key;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.key.SecretBytes;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;

/**
 * The text form of a key file; docs/format/key-file.md describes it. Secrets never become a string,
 * which could not be wiped. Stateless.
 */
final class KeyFileCodec {
  /** The version of the form that this build writes, and the only one that it reads. */
  static final int FORMAT = 0;

  /** Names of keys. */
  static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,64}");

  private static final String TITLE = "kmesh-key-file ";
  private static final byte[] DIGITS = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
  private static final int CHECK_DIGITS = 8;

  private KeyFileCodec() {}

  /** A buffer that wipes what it held. */
  private static final class Wiping extends ByteArrayOutputStream {
    private Wiping(int size) {
      super(size); // large enough never to leave a copy behind by growing
    }

    private void wipe() {
      Arrays.fill(buf, (byte) 0);
    }
  }

  /** The text of a file; the caller wipes it. */
  static byte[] encode(List<FileKey> keys) {
    Wiping out = new Wiping(64 + keys.size() * 256);
    out.writeBytes(ascii(TITLE + FORMAT + "\n"));
    for (FileKey key : keys) {
      int begin = out.size();
      out.writeBytes(ascii(key.name() + " " + key.version() + " " + key.created() + " "));
      byte[] secret = key.secret().reveal();
      for (byte b : secret) {
        out.write(DIGITS[(b >> 4) & 15]);
        out.write(DIGITS[b & 15]);
      }
      Arrays.fill(secret, (byte) 0);
      byte[] soFar = out.toByteArray();
      out.writeBytes(ascii(" " + check(soFar, begin, soFar.length) + "\n"));
      Arrays.fill(soFar, (byte) 0);
    }
    byte[] text = out.toByteArray();
    out.wipe();
    return text;
  }

  /**
   * Reads the text of a file.
   *
   * @param what the file, for messages
   * @throws ProviderException UNSUPPORTED for another format, CORRUPT for a damaged text
   */
  static List<FileKey> decode(String what, byte[] text) throws ProviderException {
    int end = endOfLine(what, text, 0, 1);
    String title = new String(text, 0, Math.min(end, 64), StandardCharsets.US_ASCII);
    if (!title.startsWith(TITLE)) {
      throw damaged(what, 1, "it does not begin with \"" + TITLE.strip() + "\"");
    }
    if (!title.equals(TITLE + FORMAT)) {
      throw new ProviderException(
          ErrorKind.UNSUPPORTED,
          "Cannot read the key file "
              + what
              + ": it has format "
              + title.substring(TITLE.length()).replaceAll("[^0-9]", "?")
              + ", this Kmesh knows "
              + FORMAT
              + ". Use the Kmesh that wrote it, or a newer one.");
    }
    List<FileKey> keys = new ArrayList<>();
    int line = 1;
    for (int begin = end + 1; begin < text.length; begin = end + 1) {
      line++;
      end = endOfLine(what, text, begin, line);
      FileKey key = decodeLine(what, text, begin, end, line);
      requireInOrder(what, keys, key, line);
      keys.add(key);
    }
    return keys;
  }

  private static FileKey decodeLine(String what, byte[] text, int begin, int end, int line)
      throws ProviderException {
    int[] spaces = new int[4];
    int found = 0;
    for (int i = begin; i < end; i++) {
      if (text[i] == ' ') {
        if (found == spaces.length) {
          throw damaged(what, line, "it has more than five fields");
        }
        spaces[found++] = i;
      }
    }
    if (found != spaces.length || end - spaces[3] - 1 != CHECK_DIGITS) {
      throw damaged(what, line, "it has not five fields");
    }
    String check = string(text, spaces[3] + 1, end);
    if (!check.equals(check(text, begin, spaces[3]))) {
      throw damaged(what, line, "it does not match its checksum");
    }
    String name = string(text, begin, spaces[0]);
    if (!NAME.matcher(name).matches()) {
      throw damaged(what, line, "its name has other characters than A-Z a-z 0-9 . _ -");
    }
    try {
      int version = Integer.parseInt(string(text, spaces[0] + 1, spaces[1]));
      Instant created = Instant.parse(string(text, spaces[1] + 1, spaces[2]));
      return new FileKey(
          name, version, created, secret(what, text, spaces[2] + 1, spaces[3], line));
    } catch (NumberFormatException | DateTimeException e) {
      throw damaged(what, line, "its version or time can't be read");
    }
  }

  private static SecretBytes secret(String what, byte[] text, int begin, int end, int line)
      throws ProviderException {
    if (end - begin != 2 * FileKey.SIZE) {
      throw damaged(what, line, "its key has not " + 2 * FileKey.SIZE + " digits");
    }
    byte[] bytes = new byte[FileKey.SIZE];
    try {
      for (int i = 0; i < bytes.length; i++) {
        int high = text[begin + 2 * i];
        int low = text[begin + 2 * i + 1];
        if (!HexFormat.isHexDigit(high) || !HexFormat.isHexDigit(low)) {
          throw damaged(what, line, "its key has other characters than hexadecimal digits");
        }
        bytes[i] = (byte) (HexFormat.fromHexDigit(high) << 4 | HexFormat.fromHexDigit(low));
      }
      return SecretBytes.copyOf(bytes);
    } finally {
      Arrays.fill(bytes, (byte) 0);
    }
  }

  /** Versions of one name grow, so that the last is the current one. */
  private static void requireInOrder(String what, List<FileKey> before, FileKey key, int line)
      throws ProviderException {
    int last = 0;
    for (FileKey other : before) {
      if (other.name().equals(key.name())) {
        last = Math.max(last, other.version());
      }
    }
    if (key.version() <= last) {
      throw damaged(
          what, line, "version " + key.version() + " of " + key.name() + " follows " + last);
    }
  }

  private static int endOfLine(String what, byte[] text, int begin, int line)
      throws ProviderException {
    for (int i = begin; i < text.length; i++) {
      if (text[i] == '\n') {
        return i;
      }
    }
    throw damaged(what, line, "it does not end with a newline");
  }

  private static String check(byte[] text, int begin, int end) {
    CRC32C crc = new CRC32C();
    crc.update(text, begin, end - begin);
    return String.format("%08x", crc.getValue());
  }

  private static String string(byte[] text, int begin, int end) {
    return new String(text, begin, end - begin, StandardCharsets.ISO_8859_1);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /** Names the line, never its content. */
  private static ProviderException damaged(String what, int line, String reason) {
    return new ProviderException(
        ErrorKind.CORRUPT,
        "Cannot read the key file "
            + what
            + ": line "
            + line
            + ": "
            + reason
            + ". Put back the last good copy of it.");
  }
}
