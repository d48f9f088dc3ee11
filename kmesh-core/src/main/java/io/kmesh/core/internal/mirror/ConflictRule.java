// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import io.kmesh.core.internal.mirror.dialect.Dialects;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.Sha256;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Whether what is at a place is what an earlier export or import left there, as far as the
 * attributes of both sides tell: nothing is remembered beside them. docs/design/mirrors.md.
 */
final class ConflictRule {
  private static final String TO_DO =
      ". Compare the two, then repeat it with another policy for conflicts, or move one of them"
          + " away.";
  private static final int LONGEST_NAME = 255;
  private static final int DIGEST = 6;

  private ConflictRule() {}

  /**
   * Why an object is not what an earlier export of an entry left.
   *
   * @param stored its attributes; null when it has none that can be read
   * @param wanted those that it is to have
   */
  static Optional<String> ofObject(
      ObjectInfo there, @Nullable MirrorAttributes stored, MirrorAttributes wanted)
      throws ProviderException {
    Optional<String> changed = changed(there, stored);
    if (changed.isPresent() || stored == null || !hasContent(stored) || !hasContent(wanted)) {
      return changed;
    }
    Optional<FileTime> theirs = stored.time(MirrorAttributes.MTIME);
    Optional<FileTime> ours = wanted.time(MirrorAttributes.MTIME);
    boolean isSame =
        stored.type().equals(wanted.type())
            && (isSpecial(wanted)
                || (stored.text(MirrorAttributes.SIZE).equals(wanted.text(MirrorAttributes.SIZE))
                    && theirs.equals(ours)));
    if (isSame || theirs.isEmpty() || ours.isEmpty() || theirs.get().compareTo(ours.get()) < 0) {
      return Optional.empty();
    }
    return Optional.of("it is of " + shown(theirs.get()) + ", and no older than the entry");
  }

  /** Why an object is somebody else's, or was changed by something else than Kmesh. */
  static Optional<String> changed(ObjectInfo there, @Nullable MirrorAttributes stored)
      throws ProviderException {
    if (!there.metadata().containsKey(MirrorAttributes.FORMAT)) {
      return Optional.of("it is not Kmesh's");
    }
    if (stored == null) {
      return Optional.empty(); // damaged: an export mends it
    }
    if (stored.type().equals(MirrorAttributes.typeName(FileType.REGULAR))) {
      Optional<Sha256> said =
          stored.sha256(
              stored.text(MirrorAttributes.EXTENTS).isPresent()
                  ? MirrorAttributes.BODY_SHA256
                  : MirrorAttributes.SHA256);
      boolean isOther =
          there.size() != stored.extents().bodySize()
              || (said.isPresent()
                  && there.sha256().filter(s -> !s.equals(said.get())).isPresent());
      if (isOther) {
        return Optional.of("its bytes were changed by something else than Kmesh");
      }
    }
    return Dialects.contradiction(there.metadata(), stored)
        .map(
            word ->
                "its attributes were changed by something else than Kmesh, in the words of "
                    + word.word());
  }

  /** Why an entry of the tree was changed since its object was stored or brought. */
  static Optional<String> ofEntry(FileStat there, MirrorAttributes object)
      throws ProviderException {
    Optional<FileTime> theirs = object.time(MirrorAttributes.MTIME);
    if (there.isDirectory() || !hasContent(object) || theirs.isEmpty()) {
      return Optional.empty();
    }
    boolean isSame =
        isVersion(there, object)
            || (isSpecial(object) && MirrorAttributes.typeName(there.type()).equals(object.type()));
    return isSame || there.mtime().compareTo(theirs.get()) < 0
        ? Optional.empty()
        : Optional.of(
            "the entry there is of " + shown(there.mtime()) + ", and no older than the object");
  }

  private static String shown(FileTime time) {
    boolean isOfCalendars =
        time.seconds() >= Instant.MIN.getEpochSecond()
            && time.seconds() <= Instant.MAX.getEpochSecond();
    return isOfCalendars ? time.toInstant().toString() : time.seconds() + " seconds since 1970";
  }

  /** Whether an entry is of the type, size and time that an object says. */
  static boolean isVersion(FileStat there, MirrorAttributes object) throws ProviderException {
    return object.time(MirrorAttributes.MTIME).filter(there.mtime()::equals).isPresent()
        && MirrorAttributes.typeName(there.type()).equals(object.type())
        && (!there.isRegular() || there.size() == object.extents().size());
  }

  /** Pipes, sockets and devices have no content that could be lost. */
  private static boolean isSpecial(MirrorAttributes attributes) {
    return attributes
        .fileType()
        .filter(type -> type != FileType.REGULAR && type != FileType.SYMLINK)
        .isPresent();
  }

  private static boolean hasContent(MirrorAttributes attributes) {
    return attributes.fileType().filter(type -> type != FileType.DIRECTORY).isPresent();
  }

  /** The failure of an entry that is not overwritten. */
  static ProviderException failure(String doing, String what, String why) {
    return new ProviderException(
        ErrorKind.EXISTS, "Cannot " + doing + " " + what + ": " + why + TO_DO);
  }

  /**
   * The name beside another one of what is not put over it: the same for the same version, and not
   * longer than a name may be.
   *
   * @param end whose it is: {@code tree} or {@code store}
   */
  static PathBytes beside(PathBytes name, String end, MirrorAttributes incoming) {
    String version =
        incoming.type()
            + " "
            + incoming.text(MirrorAttributes.SIZE).orElse("")
            + " "
            + incoming.text(MirrorAttributes.MTIME).orElse("");
    byte[] suffix =
        (".conflict-" + end + "-" + digest(version)).getBytes(StandardCharsets.US_ASCII);
    byte[] whole = name.toBytes();
    int kept = Math.min(whole.length, LONGEST_NAME - suffix.length);
    while (kept < whole.length && kept > 1 && (whole[kept] & 0xc0) == 0x80) {
      kept--;
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(whole, 0, kept);
    out.writeBytes(suffix);
    return PathBytes.of(out.toByteArray());
  }

  /** Whether a name is one that {@link #beside} gives to what an export did not put over others. */
  static boolean isBeside(PathBytes name) {
    return new String(name.toBytes(), StandardCharsets.ISO_8859_1)
        .matches("(?s).+\\.conflict-(tree|store)-[0-9a-f]{" + (2 * DIGEST) + "}");
  }

  private static String digest(String text) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest, 0, DIGEST);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java platform has SHA-256.", e);
    }
  }
}
