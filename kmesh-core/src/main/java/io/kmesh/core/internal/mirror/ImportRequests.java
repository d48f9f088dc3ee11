// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.engine.ByteBudget;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.ObjectRange;
import io.kmesh.spi.store.StoreCapability;
import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Asks a store for the objects of an import, each with as few requests as will do. Where nothing of
 * an object is in the tree, and one request can have all of it, it is read at once: that answer
 * says its attributes too; a larger one is read by several requests at a time, once it is known.
 * The read has no condition, so that what replaced an object since it was listed is brought whole;
 * what is read of it later must have the ETag of this answer. Thread-safe.
 */
final class ImportRequests {
  /** The longest text of a symbolic link. */
  static final int LONGEST_LINK = 4096;

  private final MirrorObjects objects;
  private final ByteBudget budget;
  private final @Nullable PlanStore plan;
  private final int range;

  ImportRequests(MirrorSettings settings, MirrorObjects objects) {
    this.objects = objects;
    this.budget = settings.budget();
    this.plan = settings.store instanceof PlanStore store ? store : null;
    this.range = (int) Math.min(settings.partSize.bytes(), budget.largestPiece().bytes());
  }

  /** The bytes of each request of a file's object. */
  int range() {
    return range;
  }

  /**
   * Asks for an object that was listed; empty when it is gone.
   *
   * @param isKnown whether what was listed is all that the store says of it
   */
  Optional<FirstAnswer> ask(ImportPlaces places, String key, ObjectInfo listed, boolean isKnown)
      throws IOException {
    // Of one without bytes a head says all; and who asks for the first byte of it hears of none.
    PathBytes path = listed.size() == 0 ? null : pathOrNull(key);
    if (path == null) {
      return look(key, listed, isKnown);
    }
    Optional<FileStat> there = places.find(path);
    Optional<FirstAnswer> answer =
        listed.size() <= range && isWanted(listed, there)
            ? read(key, (int) listed.size())
            : look(key, listed, isKnown);
    return answer.map(first -> first.after(path, there));
  }

  private Optional<FirstAnswer> look(String key, ObjectInfo listed, boolean isKnown)
      throws IOException {
    return (isKnown ? Optional.of(listed) : objects.find(Retrier.Check.NONE, key))
        .map(FirstAnswer::of);
  }

  private static @Nullable PathBytes pathOrNull(String key) {
    try {
      return MirrorKeys.saysPath(key) && !key.endsWith("/") && !key.equals(MirrorKeys.ROOT)
          ? MirrorKeys.pathOf(key)
          : null;
    } catch (ProviderException e) {
      return null; // It fails by itself when its turn comes.
    }
  }

  /**
   * Whether an object's bytes will be wanted, as far as its listing tells: not where the entry that
   * is there may be equal, nor where it is younger than the object and so was changed here.
   */
  private static boolean isWanted(ObjectInfo listed, Optional<FileStat> found) {
    if (found.isEmpty()) {
      return true;
    }
    FileStat there = found.get();
    if (there.type() == FileType.SYMLINK) {
      return listed.size() <= LONGEST_LINK; // a link's text is compared
    }
    boolean isSparse = there.blocks() * 512 < there.size();
    return there.isRegular()
        && there.size() != listed.size()
        && !isSparse // its object may leave holes out
        && there.mtime().seconds() < listed.lastModified().getEpochSecond();
  }

  private Optional<FirstAnswer> read(String key, int length) throws IOException {
    PlanStore planned = plan;
    if (planned != null) { // It reads no content.
      Optional<ObjectInfo> info = objects.find(Retrier.Check.NONE, key);
      planned.count("head", -1);
      planned.count("read", 1);
      return info.map(i -> FirstAnswer.of(i).asIfRead());
    }
    ByteBudget.Reservation share = budget.reserve(length);
    boolean isHandedOn = false;
    try {
      Optional<ObjectRange> start = objects.begin(Retrier.Check.NONE, key, length);
      if (start.isEmpty()) {
        return Optional.empty();
      }
      ObjectRange range = start.get();
      long wanted = Math.min(length, range.info().size());
      if (range.offset() != 0 || range.data().remaining() != wanted) {
        throw objects.wrongRange("import", key, range, 0, wanted);
      }
      isHandedOn = true;
      return Optional.of(
          FirstAnswer.of(range.info()).with(new FirstAnswer.Start(range.data(), share)));
    } finally {
      if (!isHandedOn) {
        share.close();
      }
    }
  }

  /**
   * The answer with the checksum that the store keeps of an object of somebody else, which not
   * every store says with a range; empty when the object is gone.
   */
  Optional<FirstAnswer> withChecksum(String key, FirstAnswer first) throws IOException {
    if (!first.isRead() || !objects.can(StoreCapability.SHA256)) {
      return Optional.of(first);
    }
    Optional<ObjectInfo> info = objects.find(Retrier.Check.NONE, key);
    if (info.isPresent() && info.get().etag().equals(first.etag())) {
      return Optional.of(first.saying(info.get()));
    }
    first.close();
    return info.map(FirstAnswer::of);
  }

  /** Counts in a plan the reads of a file's body that the first answer did not give. */
  void planRead(FirstAnswer first, long bodySize) {
    PlanStore planned = plan;
    if (planned != null) {
      planned.count("read", (bodySize + range - 1) / range - (first.isRead() ? 1 : 0));
    }
  }

  /** The text of a symbolic link's object. */
  PathBytes linkText(String key, FirstAnswer first) throws IOException {
    if (first.size() < 1 || first.size() > LONGEST_LINK) {
      throw new ProviderException(
          ErrorKind.CORRUPT,
          "Cannot import the link "
              + objects.full(key)
              + ": its text has "
              + first.size()
              + " bytes. Remove it.");
    }
    byte[] text = new byte[(int) first.size()];
    Optional<FirstAnswer.Start> start = first.takeStart();
    if (start.isPresent() && start.get().data().remaining() == text.length) {
      start.get().data().get(text);
    } else {
      ObjectRange read = objects.read(Retrier.Check.NONE, key, first.etag(), 0, text.length);
      if (read.data().remaining() != text.length) {
        throw objects.wrongRange("import", key, read, 0, text.length);
      }
      read.data().get(text);
      if (plan != null && first.isRead()) {
        plan.count("read", -1); // once for both
      }
    }
    start.ifPresent(bytes -> bytes.share().close());
    try {
      return PathBytes.of(text);
    } catch (IllegalArgumentException e) {
      throw new ProviderException(
          ErrorKind.CORRUPT,
          "Cannot import the link " + objects.full(key) + ": " + e.getMessage(),
          e);
    }
  }
}
