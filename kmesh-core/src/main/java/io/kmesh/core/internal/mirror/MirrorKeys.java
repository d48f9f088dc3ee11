// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import io.kmesh.lustre.Fid;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Keys of paths and back, as docs/format/mirror.md says. Keys are without the prefix here. */
public final class MirrorKeys {
  public static final String OWN = ".kmesh/";
  public static final String ROOT = ".kmesh/root";
  public static final String LONG = ".kmesh/long/";
  public static final String BY_FID = ".kmesh/by-fid/";
  public static final String SIDE = ".kmesh/side/";
  public static final String KEPT = ".kmesh/kept/";

  /** The longest key of every store, prefix included. */
  private static final int LONGEST_KEY = 1024;

  private static final HexFormat UPPER = HexFormat.of().withUpperCase();
  private static final byte[] OWN_NAME = ".kmesh".getBytes(StandardCharsets.US_ASCII);

  private final int longest;
  private final String folderEnd;

  /**
   * Keys below a prefix.
   *
   * @param prefixBytes the prefix's length in UTF-8 bytes
   * @param storeLimit the store's longest key in bytes
   */
  public MirrorKeys(int prefixBytes, int storeLimit) {
    this(Math.min(LONGEST_KEY, storeLimit) - prefixBytes, "/");
  }

  private MirrorKeys(int longest, String folderEnd) {
    this.longest = longest;
    this.folderEnd = folderEnd;
  }

  /** These keys with directories' as those of files: the object's type tells them apart. */
  MirrorKeys withoutFolderSlash() {
    return new MirrorKeys(longest, "");
  }

  /** The keys of these settings. */
  public static MirrorKeys of(MirrorSettings settings) {
    return new MirrorKeys(
        PathBytes.of(settings.prefix).length(), settings.store.limits().maxKeyBytes());
  }

  /** Whether the key of a file at this path says the path; else it needs {@code kmesh-path}. */
  public static boolean saysPath(String key) {
    return !key.startsWith(OWN) || key.equals(ROOT);
  }

  /** Whether a key is a digest, since the path has no room in a key. */
  static boolean isShortened(String key) {
    return key.startsWith(LONG);
  }

  /** The key of an entry that is not a directory. */
  public String ofFile(PathBytes path) {
    return shortened(path, escape(path));
  }

  /** The key of a directory. */
  public String ofDirectory(PathBytes path) {
    return path.isEmpty() ? ROOT : shortened(path, escape(path) + folderEnd);
  }

  /** The key that a directory has in the form that {@link #ofDirectory} does not give. */
  String ofDirectoryOtherwise(PathBytes path) {
    return path.isEmpty() ? ROOT : shortened(path, escape(path) + (folderEnd.isEmpty() ? "/" : ""));
  }

  /** Whether a key that says a path can be that of a directory, or of anything else. */
  boolean canBe(String key, boolean isDirectory) {
    return key.endsWith("/") == (isDirectory && !folderEnd.isEmpty());
  }

  /** A key for a file whose path's key is taken. */
  public static String byFid(Fid fid, String attempt) {
    return BY_FID
        + Long.toHexString(fid.sequence())
        + "-"
        + Integer.toHexString(fid.oid())
        + "-"
        + Integer.toHexString(fid.version())
        + "/"
        + attempt;
  }

  private String shortened(PathBytes path, String key) {
    if (key.length() <= longest && key.getBytes(StandardCharsets.UTF_8).length <= longest) {
      return key;
    }
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(path.toBytes());
      return LONG + HexFormat.of().formatHex(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The escaped form of a path. */
  public static String escape(PathBytes path) {
    byte[] bytes = path.toBytes();
    ByteArrayOutputStream out = new ByteArrayOutputStream(bytes.length + 16);
    int start = 0;
    for (int i = 0; i <= bytes.length; i++) {
      if (i == bytes.length || bytes[i] == '/') {
        if (start > 0) {
          out.write('/');
        }
        escapeName(bytes, start, i, out);
        start = i + 1;
      }
    }
    return out.toString(StandardCharsets.UTF_8);
  }

  private static void escapeName(byte[] b, int from, int to, ByteArrayOutputStream out) {
    boolean isOwn =
        from == 0
            && to >= OWN_NAME.length
            && java.util.Arrays.equals(b, 0, OWN_NAME.length, OWN_NAME, 0, OWN_NAME.length);
    int i = from;
    while (i < to) {
      int length = Utf8.lengthAt(b, i, to);
      boolean edge =
          (b[i] == ' ' && (i == from || i == to - 1))
              || (b[i] == '.' && (i == to - 1 || (isOwn && i == from)));
      if (length == 0 || edge || isHidden(length == 0 ? 0 : Utf8.codePointAt(b, i, length))) {
        for (int end = i + Math.max(1, length); i < end; i++) {
          out.write('%');
          out.writeBytes(UPPER.toHexDigits(b[i]).getBytes(StandardCharsets.US_ASCII));
        }
      } else {
        out.write(b, i, length);
        i += length;
      }
    }
  }

  private static boolean isHidden(int c) {
    return c < 0x20
        || c == '%'
        || c == '\\'
        || (c >= 0x7f
            && (c <= 0x9f
                || c == 0xad
                || c == 0x61c
                || in(c, 0x200b, 0x200f)
                || in(c, 0x2028, 0x202e)
                || in(c, 0x2060, 0x206f)
                || in(c, 0xfdd0, 0xfdef)
                || c == 0xfeff
                || in(c, 0xfff0, 0xffff)
                || in(c, 0xe0000, 0xe007f)
                || (c & 0xfffe) == 0xfffe));
  }

  private static boolean in(int c, int first, int last) {
    return c >= first && c <= last;
  }

  /**
   * The path that a key says.
   *
   * @throws ProviderException CORRUPT when it says none that is safe to use
   */
  public static PathBytes pathOf(String key) throws ProviderException {
    String body = key.endsWith("/") ? key.substring(0, key.length() - 1) : key;
    ByteArrayOutputStream out = new ByteArrayOutputStream(body.length());
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    for (int i = 0; i < bytes.length; i++) {
      if (bytes[i] != '%') {
        out.write(bytes[i]);
        continue;
      }
      int value = i + 2 < bytes.length ? hex(bytes[i + 1]) << 4 | hex(bytes[i + 2]) : -1;
      if (value < 0 || value == '/') {
        throw unsafe(key, "a % is not followed by two digits of a byte other than a slash");
      }
      out.write(value);
      i += 2;
    }
    return safe(out.toByteArray(), key);
  }

  /** The path that a key of others is: its UTF-8 bytes, without an escape. */
  public static PathBytes foreignPathOf(String key) throws ProviderException {
    String body = key.endsWith("/") ? key.substring(0, key.length() - 1) : key;
    return safe(body.getBytes(StandardCharsets.UTF_8), key);
  }

  /** A path that came with an object, checked: relative, no empty name, no dots, no NUL. */
  public static PathBytes safe(byte[] path, String key) throws ProviderException {
    PathBytes result;
    try {
      result = PathBytes.of(path);
      if (result.names().isEmpty()) {
        throw unsafe(key, "it names no path");
      }
    } catch (IllegalArgumentException e) {
      throw unsafe(key, String.valueOf(e.getMessage()));
    }
    boolean emptyName = path[0] == '/' || path[path.length - 1] == '/';
    for (int i = 1; i < path.length; i++) {
      emptyName |= path[i] == '/' && path[i - 1] == '/';
    }
    if (emptyName) {
      throw unsafe(key, "a name in it is empty");
    }
    return result;
  }

  private static int hex(byte b) {
    int value = HexFormat.isHexDigit(b) ? HexFormat.fromHexDigit(b) : -1;
    return b >= 'a' && b <= 'f' ? -1 << 8 : value < 0 ? -1 << 8 : value;
  }

  private static ProviderException unsafe(String key, String reason) {
    return new ProviderException(
        ErrorKind.CORRUPT,
        "Cannot use the object "
            + PathBytes.of(key.replace("\0", "\\0"))
            + ": its key says no path below the mirror: "
            + reason
            + ". Remove the object.");
  }
}
