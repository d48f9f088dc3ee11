// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import io.kmesh.core.internal.transfer.XattrFilter;
import io.kmesh.lustre.Fid;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.store.Crc32c;
import io.kmesh.spi.store.Sha256;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The attributes of a mirrored entry by name, as docs/format/mirror.md lists them. Values that were
 * read are checked when they are asked; a bad one is CORRUPT. Not thread-safe.
 */
public final class MirrorAttributes {
  /** How the names of all of them begin. */
  static final String OWN = "kmesh-";

  public static final String FORMAT = "kmesh-format";
  public static final String TYPE = "kmesh-type";
  public static final String MODE = "kmesh-mode";
  public static final String UID = "kmesh-uid";
  public static final String GID = "kmesh-gid";
  public static final String MTIME = "kmesh-mtime";
  public static final String ATIME = "kmesh-atime";
  public static final String SIZE = "kmesh-size";
  public static final String SHA256 = "kmesh-sha256";
  public static final String CRC32C = "kmesh-crc32c";
  public static final String BODY_SHA256 = "kmesh-body-sha256";
  public static final String EXTENTS = "kmesh-extents";
  public static final String FID = "kmesh-fid";
  public static final String DATA_VERSION = "kmesh-data-version";
  public static final String PATH = "kmesh-path";
  public static final String TARGET = "kmesh-target";
  public static final String LINKS = "kmesh-links";
  public static final String RDEV = "kmesh-rdev";
  public static final String XATTRS = "kmesh-xattrs";
  public static final String SIDE = "kmesh-side";
  public static final String ATTEMPT = "kmesh-attempt";
  public static final String TRANSLATED = "kmesh-translated";

  public static final String VERSION = "mirror/0";
  public static final String TYPE_SIDE = "side";
  public static final String TYPE_HARD_LINK = "hardlink";

  private static final long SECOND = 1_000_000_000;
  private static final BigInteger NANOS = BigInteger.valueOf(SECOND);

  /** So many digits are a long, whichever they are. */
  private static final int DIGITS_OF_LONG = 18;

  private static final int CRC32C_DIGITS = 8;

  private final String where;
  private final SortedMap<String, String> values;

  private MirrorAttributes(String where, Map<String, String> values) {
    this.where = where;
    this.values = new TreeMap<>(values);
  }

  /** Whether a name of metadata is one of Kmesh's own words. */
  public static boolean isOwn(String name) {
    return name.startsWith(OWN);
  }

  /** The attributes of a new object of a type. */
  public static MirrorAttributes ofType(String type) {
    return new MirrorAttributes("", Map.of(FORMAT, VERSION, TYPE, type));
  }

  /** The attributes of an entry that a stat describes. */
  public static MirrorAttributes of(FileStat stat) {
    MirrorAttributes a = ofType(typeName(stat.type()));
    a.values.put(MODE, octal(stat.mode()));
    a.values.put(UID, Long.toString(stat.uid()));
    a.values.put(GID, Long.toString(stat.gid()));
    a.values.put(MTIME, nanos(stat.mtime()));
    a.values.put(ATIME, nanos(stat.atime()));
    if (stat.type() == FileType.REGULAR) {
      a.values.put(SIZE, Long.toString(stat.size()));
    }
    if (stat.type() == FileType.CHARACTER_DEVICE || stat.type() == FileType.BLOCK_DEVICE) {
      a.values.put(RDEV, (stat.rdev() >>> 32) + ":" + (stat.rdev() & 0xffffffffL));
    }
    if (stat.links() > 1 && stat.type() != FileType.DIRECTORY) {
      a.values.put(LINKS, Long.toString(stat.links()));
    }
    return a;
  }

  /**
   * The attributes that an object carries.
   *
   * @throws ProviderException UNSUPPORTED for a newer format, INVALID for an object that is not
   *     ours
   */
  public static MirrorAttributes read(String key, Map<String, String> metadata)
      throws ProviderException {
    String format = metadata.get(FORMAT);
    if (format == null) {
      throw new ProviderException(
          ErrorKind.INVALID,
          "Cannot read the object "
              + key
              + " as a mirrored entry: it has no "
              + FORMAT
              + ". It is not Kmesh's.");
    }
    if (!format.equals(VERSION)) {
      throw new ProviderException(
          ErrorKind.UNSUPPORTED,
          "Cannot read the object "
              + key
              + ": its format is "
              + PathBytes.of(clean(format))
              + ", this Kmesh knows "
              + VERSION
              + ". Use the Kmesh that wrote it.");
    }
    return new MirrorAttributes(key, metadata);
  }

  /** These attributes with those of a side object. */
  public MirrorAttributes with(Map<String, String> side) {
    MirrorAttributes all = new MirrorAttributes(where, values);
    side.forEach(all.values::putIfAbsent);
    return all;
  }

  /** All values. */
  public SortedMap<String, String> values() {
    return Collections.unmodifiableSortedMap(values);
  }

  public MirrorAttributes put(String name, String value) {
    values.put(name, value);
    return this;
  }

  public MirrorAttributes content(Extents extents, Sha256 sha256, Sha256 bodySha256) {
    put(SHA256, sha256.toString());
    if (extents.isPacked()) {
      put(EXTENTS, extents.text());
      put(BODY_SHA256, bodySha256.toString());
    }
    return this;
  }

  public MirrorAttributes xattrs(SortedMap<PathBytes, byte[]> xattrs) {
    SortedMap<PathBytes, byte[]> own = new TreeMap<>(xattrs);
    own.keySet().removeIf(name -> !XattrFilter.isContent(name));
    return own.isEmpty() ? this : put(XATTRS, PackedXattrs.pack(own));
  }

  public MirrorAttributes path(String name, PathBytes path) {
    return put(name, Base64.getEncoder().encodeToString(path.toBytes()));
  }

  public String type() {
    return values.getOrDefault(TYPE, "");
  }

  /** The type as a file system has it; empty for {@code hardlink} and {@code side}. */
  public Optional<FileType> fileType() {
    for (FileType type : FileType.values()) {
      if (typeName(type).equals(type())) {
        return Optional.of(type);
      }
    }
    return Optional.empty();
  }

  public Optional<String> text(String name) {
    return Optional.ofNullable(values.get(name));
  }

  public Optional<Integer> mode() throws ProviderException {
    String text = values.get(MODE);
    if (text == null) {
      return Optional.empty();
    }
    if (text.length() != 4 || !consistsOf(text, 0, 4, 8)) {
      throw bad(MODE);
    }
    return Optional.of(Integer.parseInt(text, 8));
  }

  public Optional<Long> number(String name, long most) throws ProviderException {
    String text = values.get(name);
    if (text == null) {
      return Optional.empty();
    }
    if (!isNumber(text, 0, 19)) {
      throw bad(name);
    }
    if (text.length() <= DIGITS_OF_LONG) {
      long value = Long.parseLong(text);
      if (value > most) {
        throw bad(name);
      }
      return Optional.of(value);
    }
    BigInteger value = new BigInteger(text);
    if (value.compareTo(BigInteger.valueOf(most)) > 0) {
      throw bad(name);
    }
    return Optional.of(value.longValue());
  }

  public Optional<FileTime> time(String name) throws ProviderException {
    String text = values.get(name);
    if (text == null) {
      return Optional.empty();
    }
    if (!isNumber(text, text.startsWith("-") ? 1 : 0, 28)) {
      throw bad(name);
    }
    if (text.length() <= DIGITS_OF_LONG) {
      long nanos = Long.parseLong(text);
      return Optional.of(
          new FileTime(Math.floorDiv(nanos, SECOND), (int) Math.floorMod(nanos, SECOND)));
    }
    BigInteger nanos = new BigInteger(text);
    BigInteger fraction = nanos.mod(NANOS);
    BigInteger seconds = nanos.subtract(fraction).divide(NANOS);
    if (seconds.bitLength() > 63) {
      throw bad(name);
    }
    return Optional.of(new FileTime(seconds.longValue(), fraction.intValue()));
  }

  public Optional<Sha256> sha256(String name) throws ProviderException {
    String text = values.get(name);
    if (text == null) {
      return Optional.empty();
    }
    if (text.length() != 64 || !consistsOf(text, 0, 64, 16)) {
      throw bad(name);
    }
    return Optional.of(Sha256.parse(text));
  }

  /** The CRC-32C of a file's content. */
  public Optional<Crc32c> crc32c() throws ProviderException {
    String text = values.get(CRC32C);
    if (text == null) {
      return Optional.empty();
    }
    if (text.length() != CRC32C_DIGITS || !consistsOf(text, 0, CRC32C_DIGITS, 16)) {
      throw bad(CRC32C);
    }
    return Optional.of(new Crc32c(Integer.parseUnsignedInt(text, 16)));
  }

  public Optional<Fid> fid() throws ProviderException {
    String text = values.get(FID);
    try {
      return text == null ? Optional.empty() : Optional.of(Fid.parse(text));
    } catch (IllegalArgumentException e) {
      throw bad(FID);
    }
  }

  /** Lustre's data version, which uses all 64 bits. */
  public Optional<Long> dataVersion() throws ProviderException {
    String text = values.get(DATA_VERSION);
    try {
      return text == null ? Optional.empty() : Optional.of(Long.parseUnsignedLong(text));
    } catch (NumberFormatException e) {
      throw bad(DATA_VERSION);
    }
  }

  public Extents extents() throws ProviderException {
    long size = number(SIZE, Long.MAX_VALUE).orElseThrow(() -> bad(SIZE));
    String text = values.get(EXTENTS);
    try {
      return text == null ? Extents.whole(size) : Extents.parse(text, size);
    } catch (IllegalArgumentException e) {
      throw bad(EXTENTS);
    }
  }

  public SortedMap<PathBytes, byte[]> xattrs() throws ProviderException {
    String text = values.get(XATTRS);
    try {
      return text == null ? new TreeMap<>() : PackedXattrs.unpack(text);
    } catch (IllegalArgumentException e) {
      throw bad(XATTRS);
    }
  }

  /** The device number as {@code major << 32 | minor}; 0 when there is none. */
  public long rdev() throws ProviderException {
    String text = values.get(RDEV);
    if (text == null) {
      return 0;
    }
    if (!text.matches("[0-9]{1,9}:[0-9]{1,9}")) {
      throw bad(RDEV);
    }
    int colon = text.indexOf(':');
    return Long.parseLong(text.substring(0, colon)) << 32
        | Long.parseLong(text.substring(colon + 1));
  }

  /** The path of the entry: from the attributes, else from the key. */
  public PathBytes path(String key) throws ProviderException {
    return values.containsKey(PATH) ? path(PATH, key) : MirrorKeys.pathOf(key);
  }

  /** The path of the name that holds a hard link's content. */
  public PathBytes target(String key) throws ProviderException {
    return path(TARGET, key);
  }

  private PathBytes path(String name, String key) throws ProviderException {
    String text = values.get(name);
    if (text == null) {
      throw bad(name);
    }
    try {
      return MirrorKeys.safe(Base64.getDecoder().decode(text), key);
    } catch (IllegalArgumentException e) {
      throw bad(name);
    }
  }

  public static String typeName(FileType type) {
    return switch (type) {
      case REGULAR -> "file";
      case DIRECTORY -> "dir";
      case SYMLINK -> "symlink";
      case FIFO -> "fifo";
      case SOCKET -> "socket";
      case CHARACTER_DEVICE -> "char";
      case BLOCK_DEVICE -> "block";
    };
  }

  private static String nanos(FileTime time) {
    if (time.seconds() > -9 * SECOND && time.seconds() < 9 * SECOND) {
      return Long.toString(time.seconds() * SECOND + time.nanos());
    }
    return BigInteger.valueOf(time.seconds())
        .multiply(NANOS)
        .add(BigInteger.valueOf(time.nanos()))
        .toString();
  }

  private static String octal(int mode) {
    String digits = Integer.toOctalString(mode);
    return digits.length() < 4 ? "0".repeat(4 - digits.length()) + digits : digits;
  }

  // Regular expressions are dear here: each attribute of each file is checked.
  private static boolean isNumber(String text, int from, int most) {
    int length = text.length() - from;
    return length >= 1 && length <= most && consistsOf(text, from, text.length(), 10);
  }

  /** Whether there are only digits of a base, of letters the small ones. */
  private static boolean consistsOf(String text, int from, int to, int base) {
    for (int i = from; i < to; i++) {
      char c = text.charAt(i);
      int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : base;
      if (digit >= base) {
        return false;
      }
    }
    return true;
  }

  private static byte[] clean(String text) {
    return text.replace("\0", "").getBytes(StandardCharsets.UTF_8);
  }

  private ProviderException bad(String name) {
    return new ProviderException(
        ErrorKind.CORRUPT,
        "Cannot use the object "
            + where
            + ": its attribute "
            + name
            + " is missing or not readable. Archive the file again, or restore the object.");
  }
}
