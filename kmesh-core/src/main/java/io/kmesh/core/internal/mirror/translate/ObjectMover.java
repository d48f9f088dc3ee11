// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror.translate;

import io.kmesh.core.internal.mirror.Content;
import io.kmesh.core.internal.mirror.MirrorAttributes;
import io.kmesh.core.internal.mirror.MirrorKeys;
import io.kmesh.core.internal.mirror.MirrorObjects;
import io.kmesh.core.internal.mirror.MirrorSettings;
import io.kmesh.core.internal.mirror.SplitAttributes;
import io.kmesh.core.internal.mirror.WorkRun;
import io.kmesh.engine.ByteBudget;
import io.kmesh.engine.MirrorTranslationReport.Outcome;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.store.Condition;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.store.PutOptions;
import io.kmesh.spi.store.Sha256;
import io.kmesh.spi.store.StorageClass;
import io.kmesh.spi.store.StoreCapability;
import io.kmesh.spi.store.StoreChecks;
import io.kmesh.spi.store.Upload;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Puts a translated object in its place: copied by the store where that is possible, else through
 * here with its checksum verified. Thread-safe.
 */
@SuppressWarnings("try") // a share is held for a block, not used in it
final class ObjectMover {
  private static final String UNKNOWN_ATTEMPT = "0".repeat(32);

  private final WorkRun run;
  private final TranslationTally tally;
  private final TranslateOptions options;
  private final MirrorSettings settings;
  private final MirrorObjects source;
  private final MirrorObjects target;
  private final boolean isOneStore;

  /**
   * A mover.
   *
   * @param settings the target's
   * @param isOneStore whether source and target are in the same store
   */
  ObjectMover(
      WorkRun run,
      TranslationTally tally,
      TranslateOptions options,
      MirrorSettings settings,
      MirrorObjects source,
      MirrorObjects target,
      boolean isOneStore) {
    this.run = run;
    this.tally = tally;
    this.options = options;
    this.settings = settings;
    this.source = source;
    this.target = target;
    this.isOneStore = isOneStore;
  }

  /**
   * Refuses what the target would refuse, before anything is sent.
   *
   * @throws ProviderException INVALID
   */
  void check(TargetObject object) throws ProviderException {
    ObjectStore store = target.store();
    StoreChecks checks = new StoreChecks(store.uri(), store.capabilities(), store.limits());
    checks.key("translate to", target.full(object.key()));
    SortedMap<String, String> metadata = new TreeMap<>(split(object, UNKNOWN_ATTEMPT).metadata());
    metadata.putAll(object.words());
    checks.metadata("translate to", target.full(object.key()), metadata);
  }

  /** How an object would be moved. */
  Outcome wayOf(TargetObject object) {
    return isForTheStore(object) && target.canCopy(object.body().size())
        ? Outcome.COPIED
        : Outcome.SENT;
  }

  private boolean isForTheStore(TargetObject object) {
    return isOneStore
        && object.body().size() > 0
        && object.body() instanceof Body.Stored stored
        && stored.isAsItIs();
  }

  /** Why an object's bytes go through here though its store could copy; else empty. */
  Optional<String> whyNotCopied(TargetObject object) {
    return isForTheStore(object) ? target.whyNotCopied(object.body().size()) : Optional.empty();
  }

  /** The calls that moving an object takes when none fails. */
  long calls(TargetObject object) throws ProviderException {
    long side = split(object, UNKNOWN_ATTEMPT).sideKey().isPresent() ? 1 : 0;
    long size = object.body().size();
    if (wayOf(object) == Outcome.COPIED && target.copiesByParts(size)) {
      // What an earlier one left is listed; begin and complete; each part is copied.
      return 3 + target.copyParts(target.full(object.key()), size) + side;
    }
    if (wayOf(object) == Outcome.COPIED || size == 0 || object.body() instanceof Body.Here) {
      return 1 + side;
    }
    Body.Stored body = (Body.Stored) object.body();
    if (size <= settings.largestPut()) {
      return BodyBytes.reads(body, size) + 1 + side;
    }
    int part = settings.partSize(target, target.full(object.key()), size);
    // What an earlier one left is listed; begin and complete; each part is read and sent.
    return 3 + BodyBytes.reads(body, part) + (size + part - 1) / part + side;
  }

  /**
   * Moves an object.
   *
   * @param condition what is in its place
   * @param storageClass to keep it in; null for the store's default
   */
  Outcome move(TargetObject object, Condition condition, @Nullable StorageClass storageClass)
      throws IOException {
    String attempt = options.attempts.get();
    SplitAttributes split = split(object, attempt);
    SortedMap<String, String> metadata = new TreeMap<>(split.metadata());
    metadata.putAll(object.words());
    PutOptions plain = new PutOptions(condition, metadata, null);
    PutOptions options = storageClass == null ? plain : plain.withStorageClass(storageClass);
    if (split.sideKey().isEmpty()) {
      return move(object, options);
    }
    target.putSide(run::checkStop, split.sideKey().get(), attempt, split.side());
    try {
      return move(object, options);
    } catch (IOException e) {
      if (ProviderException.kindOfMutation(e) != ErrorKind.UNKNOWN_OUTCOME) {
        try {
          target.deleteOwn(split.sideKey().get());
        } catch (IOException second) {
          e.addSuppressed(second);
        }
      }
      throw e;
    }
  }

  private SplitAttributes split(TargetObject object, String attempt) {
    SortedMap<String, String> own = new TreeMap<>(object.own());
    own.put(MirrorAttributes.ATTEMPT, attempt);
    if (object.own().isEmpty()) {
      return new SplitAttributes(own, new TreeMap<>());
    }
    int room = target.metadataLimit() - sizeOf(object.words());
    return SplitAttributes.of(own, room, Set.of(), MirrorKeys.SIDE + attempt);
  }

  private static int sizeOf(Map<String, String> words) {
    int sum = 0;
    for (Map.Entry<String, String> word : words.entrySet()) {
      sum += word.getKey().length() + word.getValue().length();
    }
    return sum;
  }

  private Outcome move(TargetObject object, PutOptions options) throws IOException {
    String key = object.key();
    if (object.body() instanceof Body.Here here) {
      return put(key, ByteBuffer.wrap(here.bytes()), options);
    }
    Body.Stored body = (Body.Stored) object.body();
    if (body.size() == 0) {
      return put(key, ByteBuffer.allocate(0), options);
    }
    if (isOneStore && body.isAsItIs()) {
      if (target.copiesByParts(body.size())) {
        abortAbandoned(key);
      }
      var copy =
          target.copyWithin(
              run::checkStop,
              source.full(body.key()),
              body.info().size(),
              body.info().etag(),
              key,
              options);
      if (copy.isPresent()) {
        return copied(key, body, copy.get());
      }
    }
    if (body.size() <= settings.largestPut()) {
      small(key, body, options);
    } else {
      large(key, body, options);
    }
    return Outcome.SENT;
  }

  private Outcome put(String key, ByteBuffer body, PutOptions options) throws IOException {
    Sha256 sha256 = new Sha256(Content.newDigest().digest(bytes(body)));
    target.put(run::checkStop, key, body, options, sha256);
    return Outcome.SENT;
  }

  private static byte[] bytes(ByteBuffer body) {
    byte[] bytes = new byte[body.remaining()];
    body.duplicate().get(bytes);
    return bytes;
  }

  private Outcome copied(String key, Body.Stored body, ObjectInfo copy) throws ProviderException {
    boolean isOther =
        copy.size() != body.size()
            || (copy.sha256().isPresent()
                && body.sha256OrNull() != null
                && !copy.sha256().get().equals(body.sha256OrNull()));
    if (isOther) {
      throw new ProviderException(
          ErrorKind.CORRUPT,
          "Cannot translate "
              + source.full(body.key())
              + ": its copy "
              + target.full(key)
              + " has "
              + copy.size()
              + " bytes and another content. Check the store.");
    }
    return Outcome.COPIED;
  }

  private void small(String key, Body.Stored body, PutOptions options) throws IOException {
    int size = (int) body.size();
    ByteBudget budget = settings.budget();
    try (ByteBudget.Reservation share = budget.reserve(BodyBytes.memory(body, size, budget))) {
      ByteBuffer data = new BodyBytes(source, body, run::checkStop).read(0, size);
      BodyDigest digest = new BodyDigest(source, body);
      digest.add(data);
      target.put(run::checkStop, key, data, options, digest.verified());
    }
    tally.content(size);
  }

  /**
   * What a translation that was killed left of this key goes when it is old: a younger upload may
   * be under way.
   */
  private void abortAbandoned(String key) throws IOException {
    target.abortAbandoned(key, settings.abandonedBefore());
  }

  private void large(String key, Body.Stored body, PutOptions options) throws IOException {
    if (!target.can(StoreCapability.MULTIPART)) {
      throw new ProviderException(
          ErrorKind.UNSUPPORTED,
          "Cannot store "
              + target.full(key)
              + " of "
              + body.size()
              + " bytes in "
              + target.store().uri()
              + ": the store has no uploads in parts. Use another store.");
    }
    int partSize = settings.partSize(target, target.full(key), body.size());
    abortAbandoned(key);
    Upload upload = target.startOneOfSeveral(key, options.metadata(), options.storageClassOrNull());
    try {
      PartsRelay.Sent sent =
          new PartsRelay(run, tally, settings.budget(), source, body, target, upload, partSize)
              .send();
      target.complete(
          run::checkStop,
          upload,
          key,
          String.valueOf(options.metadata().get(MirrorAttributes.ATTEMPT)),
          sent.parts(),
          options.condition(),
          body.size(),
          sent.sha256());
    } catch (IOException | RuntimeException e) {
      try {
        target.abort(key, upload.id());
      } catch (IOException second) {
        e.addSuppressed(second);
      }
      throw e;
    }
  }
}
