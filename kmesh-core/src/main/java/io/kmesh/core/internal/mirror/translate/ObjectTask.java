// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror.translate;

import io.kmesh.core.internal.mirror.MirrorAttributes;
import io.kmesh.core.internal.mirror.MirrorKeys;
import io.kmesh.core.internal.mirror.MirrorObjects;
import io.kmesh.core.internal.mirror.WorkRun;
import io.kmesh.core.internal.mirror.dialect.DialectWords;
import io.kmesh.engine.MirrorTranslationReport;
import io.kmesh.engine.MirrorTranslationReport.Outcome;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.store.Condition;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.ObjectStorage;
import io.kmesh.spi.store.StorageClass;
import io.kmesh.spi.store.StoreCapability;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Translates one object: looks at it and at what is in its place, and moves it under the condition
 * that both are still what they were. Thread-safe.
 */
final class ObjectTask {
  private final WorkRun run;
  private final TranslationTally tally;
  private final TranslateOptions options;
  private final MirrorObjects source;
  private final MirrorObjects target;
  private final SourceReader reader;
  private final TargetForm form;
  private final ObjectMover mover;
  private final boolean isInPlace;
  private final boolean isPlan;

  ObjectTask(
      WorkRun run,
      TranslationTally tally,
      TranslateOptions options,
      MirrorObjects source,
      MirrorObjects target,
      SourceReader reader,
      TargetForm form,
      ObjectMover mover,
      boolean isInPlace,
      Translator.Mode mode) {
    this.run = run;
    this.tally = tally;
    this.options = options;
    this.source = source;
    this.target = target;
    this.reader = reader;
    this.form = form;
    this.mover = mover;
    this.isInPlace = isInPlace;
    this.isPlan = mode == Translator.Mode.PLAN;
  }

  /** Something that was looked at is not what it was: everything is looked at again. */
  private static final class Changed extends IOException {
    private static final long serialVersionUID = 1;

    Changed(IOException cause) {
      super(cause.getMessage(), cause);
    }
  }

  /**
   * Translates the object of a key; what fails is noted by its key.
   *
   * @throws IOException what no other object can do better with
   */
  void translate(String key) throws IOException {
    try {
      quiet(key);
    } catch (ProviderException e) {
      if (e.kind() == ErrorKind.NO_SPACE || e.kind() == ErrorKind.CANCELLED) {
        throw e;
      }
      failed(key, e);
    } catch (IOException e) {
      failed(key, e);
    } finally {
      tally.done();
    }
  }

  private void failed(String key, IOException failure) {
    boolean isConflict = failure instanceof ProviderException p && p.kind() == ErrorKind.EXISTS;
    tally.became(
        new MirrorTranslationReport.Entry(
            source.full(key),
            "",
            isConflict ? Outcome.CONFLICT : Outcome.FAILED,
            0,
            new TreeSet<>(),
            String.valueOf(failure.getMessage())));
  }

  /** An object that changes meanwhile is looked at again. */
  private void quiet(String key) throws IOException {
    for (int round = 0; ; round++) {
      try {
        once(key, round == 0);
        return;
      } catch (Changed e) {
        if (round >= options.rereads) {
          throw new ProviderException(
              ErrorKind.TRANSIENT,
              "Cannot translate "
                  + source.full(key)
                  + ": it, or what is in its place, changed each of the "
                  + (round + 1)
                  + " times that it was looked at (at last: "
                  + e.getMessage()
                  + "). Translate it when it is quiet.",
              e);
        }
        run.checkStop();
      }
    }
  }

  private void once(String key, boolean isFirst) throws IOException {
    Optional<ObjectInfo> info = source.find(run::checkStop, key);
    if (info.isEmpty()) {
      return; // gone since it was listed
    }
    if (isFirst) {
      tally.looked();
    }
    SourceEntry entry = read(key, info.get());
    refuseArchived(entry);
    TargetObject object = form.of(entry);
    if (isFirst) {
      entry.notes().forEach(note -> tally.note(source.full(key), note));
      if (DialectWords.inventsOwner(options.dialect, entry.stat(), entry.unknown())) {
        tally.note(
            source.full(key),
            "its owner or group is not known, and is 0 now: the sticky bit could not be said else");
      }
    }
    if (!entry.isMirrored() && object.losses().contains(Losses.TYPE)) {
      became(entry, object, Outcome.LEFT_OUT);
      return;
    }
    mover.check(object);
    boolean isRenamed = !object.key().equals(key);
    if (isRenamed) {
      refuseTwins(entry, object);
    }
    Optional<ObjectInfo> there =
        isInPlace && !isRenamed ? info : target.find(run::checkStop, object.key());
    if (there.isPresent() && isEqual(there.get(), object)) {
      became(entry, object, Outcome.EQUAL);
    } else {
      refuseOthers(entry, object, there);
      if (isFirst) {
        mover.whyNotCopied(object).ifPresent(why -> tally.note(source.full(key), why));
      }
      Outcome way = isPlan ? planned(object, there) : moved(entry, object, there);
      became(entry, object, way);
    }
    if (isInPlace && isRenamed) {
      remove(entry);
    }
  }

  private SourceEntry read(String key, ObjectInfo info) throws IOException {
    try {
      return reader.read(key, info);
    } catch (ProviderException e) {
      throw e.kind() == ErrorKind.PRECONDITION ? new Changed(e) : e;
    }
  }

  private void became(SourceEntry entry, TargetObject object, Outcome outcome) {
    SortedSet<String> losses = object.losses();
    tally.became(
        new MirrorTranslationReport.Entry(
            source.full(entry.key()),
            target.full(object.key()),
            outcome,
            object.body().size(),
            losses,
            ""));
  }

  /** An archive's index knows its objects by their ETags. */
  private void refuseArchived(SourceEntry entry) throws ProviderException {
    if (isInPlace && entry.own().containsKey(MirrorAttributes.FID)) {
      throw new ProviderException(
          ErrorKind.INVALID,
          "Cannot translate "
              + source.full(entry.key())
              + " in place: it is a file of a Lustre archive, whose index knows the object by its"
              + " ETag. Translate to another prefix.");
    }
  }

  /** Two objects of the source, such as {@code d} and {@code d/}, must not become one. */
  private void refuseTwins(SourceEntry entry, TargetObject object) throws IOException {
    Optional<ObjectInfo> twin = source.find(run::checkStop, object.key());
    if (twin.isPresent() && !(isInPlace && isFrom(twin.get(), entry))) {
      throw new ProviderException(
          ErrorKind.EXISTS,
          "Cannot translate "
              + source.full(entry.key())
              + ": its key is to be "
              + target.full(object.key())
              + ", and the source has an object "
              + source.full(object.key())
              + " too. Rename one of them.");
    }
  }

  private void refuseOthers(SourceEntry entry, TargetObject object, Optional<ObjectInfo> there)
      throws ProviderException {
    boolean isItself = isInPlace && object.key().equals(entry.key());
    if (there.isPresent() && !isItself && !options.overwrites && !isFrom(there.get(), entry)) {
      throw new ProviderException(
          ErrorKind.EXISTS,
          "Cannot translate "
              + source.full(entry.key())
              + ": an object that was not translated from it is at "
              + target.full(object.key())
              + " in "
              + target.store().uri()
              + ". Remove it, or ask to overwrite.");
    }
  }

  /** Whether an object was translated from an entry's, in whatever state that was. */
  private boolean isFrom(ObjectInfo there, SourceEntry entry) {
    String stamp = there.metadata().get(Stamp.NAME);
    return stamp != null
        && Stamp.parse(stamp).filter(s -> s.origin().equals(form.origin(entry.key()))).isPresent();
  }

  /** In place the ETag of what it was translated from is gone; its words say all. */
  private boolean isEqual(ObjectInfo there, TargetObject object) throws IOException {
    if (there.size() != object.body().size()) {
      return false;
    }
    try {
      SortedMap<String, String> stored = new TreeMap<>(there.metadata());
      boolean isMirrored = stored.containsKey(MirrorAttributes.FORMAT);
      if (isMirrored != !object.own().isEmpty()) {
        return false;
      }
      if (isMirrored) {
        stored = new TreeMap<>(target.attributes(run::checkStop, object.key(), there).values());
      }
      return comparable(stored).equals(comparable(object.all()));
    } catch (ProviderException e) {
      if (e.kind() == ErrorKind.CORRUPT || e.kind() == ErrorKind.UNSUPPORTED) {
        return false; // written anew, if that is allowed
      }
      throw e.kind() == ErrorKind.PRECONDITION ? new Changed(e) : e;
    }
  }

  private Map<String, String> comparable(SortedMap<String, String> attributes) {
    Map<String, String> values = new TreeMap<>(attributes);
    values.keySet().removeAll(Set.of(MirrorAttributes.ATTEMPT, MirrorAttributes.SIDE));
    if (isInPlace) {
      values.remove(Stamp.NAME);
    }
    return values;
  }

  private Outcome planned(TargetObject object, Optional<ObjectInfo> there)
      throws ProviderException {
    tally.planned(mover.calls(object) + (sideOf(there).isPresent() ? 1 : 0));
    return mover.wayOf(object);
  }

  private Outcome moved(SourceEntry entry, TargetObject object, Optional<ObjectInfo> there)
      throws IOException {
    Condition condition =
        there.isEmpty() ? Condition.absent() : Condition.matches(there.get().etag());
    Outcome outcome;
    try {
      outcome = mover.move(object, condition, classOf(entry));
    } catch (ProviderException e) {
      boolean isChanged =
          e.kind() == ErrorKind.PRECONDITION
              || e.kind() == ErrorKind.EXISTS
              || e.kind() == ErrorKind.NOT_FOUND;
      throw isChanged ? new Changed(e) : e;
    }
    Optional<String> side = sideOf(there);
    if (side.isPresent()) {
      target.deleteOwn(side.get());
    }
    return outcome;
  }

  /** In place an object stays in its class; elsewhere that is for the store to say. */
  private @Nullable StorageClass classOf(SourceEntry entry) {
    return isInPlace && target.can(StoreCapability.STORAGE_CLASS)
        ? entry.info().storage().map(ObjectStorage::storageClass).orElse(null)
        : null;
  }

  /** The side object of an object that is replaced, when it is that one's own. */
  private static Optional<String> sideOf(Optional<ObjectInfo> there) {
    return there
        .map(ObjectInfo::metadata)
        .filter(
            metadata ->
                (MirrorKeys.SIDE + metadata.get(MirrorAttributes.ATTEMPT))
                    .equals(metadata.get(MirrorAttributes.SIDE)))
        .map(metadata -> metadata.get(MirrorAttributes.SIDE));
  }

  /** In place, an object that has another key now goes. */
  private void remove(SourceEntry entry) throws IOException {
    boolean isConditional = source.can(StoreCapability.CONDITIONAL_DELETE);
    Optional<String> side = sideOf(Optional.of(entry.info()));
    if (isPlan) {
      tally.planned((isConditional ? 1 : 2) + (side.isPresent() ? 1 : 0));
      tally.removed();
      return;
    }
    if (source.delete(entry.key(), entry.info().etag()) == MirrorObjects.Deletion.REPLACED) {
      throw new ProviderException(
          ErrorKind.TRANSIENT,
          "Cannot remove "
              + source.full(entry.key())
              + ", which has another key now: it changed meanwhile. Translate it again.");
    }
    if (side.isPresent()) {
      source.deleteOwn(side.get());
    }
    tally.removed();
  }
}
