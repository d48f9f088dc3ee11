// SPDX-License-Identifier: Apache-2.0
package io.kmesh.engine;

import io.kmesh.core.internal.mirror.MirrorSettings;
import io.kmesh.core.internal.mirror.translate.TranslateOptions;
import io.kmesh.core.internal.mirror.translate.Translator;
import io.kmesh.core.internal.transfer.CancelScope;
import io.kmesh.spi.observe.Observer;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.time.KmeshTime;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * The objects of a prefix in the words of another dialect, without a file system: copied by the
 * store where source and target are one, else through here with their checksums verified. Kmesh's
 * own attributes stay beside a dialect's where there are some. Repeating it continues it. Not
 * thread-safe; each of {@link #plan} and {@link #run} may be called again.
 *
 * <pre>{@code
 * MirrorTranslationReport report =
 *     MirrorTranslation.of(store, "data/", time).to(store, "for-fsx/").run(MirrorDialect.FSX);
 * }</pre>
 */
public final class MirrorTranslation {
  private final ObjectStore given;
  private final ObjectStore source;
  private final String sourcePrefix;
  private final KmeshTime time;
  private ObjectStore target;
  private String targetPrefix;
  private ByteBudget budget = ByteBudget.of(DataSize.ofMib(128));
  private DataSize partSize = DataSize.ofMib(8);
  private RetryPolicy retry = RetryPolicy.DEFAULT;
  private Observer observer = Observer.NONE;
  private Consumer<TranslateOptions> choices = options -> {};

  private MirrorTranslation(ObjectStore source, String prefix, KmeshTime time) {
    this.given = source;
    this.source = StorePace.DEFAULT.over(source, time, Observer.NONE);
    this.sourcePrefix = prefix;
    this.time = time;
    this.target = this.source;
    this.targetPrefix = prefix;
  }

  /**
   * A translation of what is below a prefix, in place unless {@link #to} says another. Each store
   * has a pace of its own unless it was given as a view of {@link StorePace#over}.
   *
   * @param prefix empty or ending in a slash
   */
  public static MirrorTranslation of(ObjectStore source, String prefix, KmeshTime time) {
    MirrorTranslation translation = new MirrorTranslation(source, prefix, time);
    translation.check(prefix);
    return translation;
  }

  private void check(String prefix) {
    MirrorSettings.withoutState(source, time).prefix(prefix);
  }

  /**
   * Where the translated objects go. A store copies within itself: hand in the same instance when
   * it is one.
   *
   * @param prefix empty or ending in a slash; in one store the same as the source's, or apart
   */
  public MirrorTranslation to(ObjectStore store, String prefix) {
    check(prefix);
    target = store == given ? source : StorePace.DEFAULT.over(store, time, Observer.NONE);
    targetPrefix = prefix;
    return this;
  }

  /** Believes the words of one dialect alone, beside Kmesh's own; by default those of all. */
  public MirrorTranslation from(MirrorDialect dialect) {
    return choose(options -> options.believe(dialect));
  }

  /**
   * Replaces objects that are in the way. Without it only what was translated from the same object
   * before is replaced; the rest are failures.
   */
  public MirrorTranslation overwrite() {
    return choose(TranslateOptions::overwrite);
  }

  /** How many objects are on their way at once; default 8. */
  public MirrorTranslation threads(int count) {
    if (count < 1) {
      throw new IllegalArgumentException(
          "A translation needs at least one thread, not " + count + ". Ask for 1 or more.");
    }
    return choose(options -> options.threads(count));
  }

  /** How often an object that changes is looked at again; default 3 times. */
  public MirrorTranslation rereads(int count) {
    return choose(options -> options.rereads(count));
  }

  /** The memory for content that goes through here; default 128 MiB. */
  public MirrorTranslation budget(ByteBudget shared) {
    budget = shared;
    return this;
  }

  /** The parts of large objects, and the size above which one is large; default 8 MiB. */
  public MirrorTranslation partSize(DataSize size) {
    MirrorSettings.withoutState(source, time).partSize(size);
    partSize = size;
    return this;
  }

  /** How retryable failures of the stores are tried again. */
  public MirrorTranslation retry(RetryPolicy policy) {
    retry = policy;
    return this;
  }

  /** Who hears of retries. */
  public MirrorTranslation observer(Observer listener) {
    observer = listener;
    return this;
  }

  /** Hears of progress, from any thread, about every thousand objects or 64 MiB. */
  public MirrorTranslation onProgress(Consumer<TreeCopy.Progress> listener) {
    return choose(options -> options.onProgress(listener));
  }

  /** Hears what became of each object, from any thread, in any order. */
  public MirrorTranslation onEntry(Consumer<MirrorTranslationReport.Entry> listener) {
    return choose(options -> options.onEntry(listener));
  }

  /** Asked often; once true the work stops with CANCELLED and what is there stays. */
  public MirrorTranslation cancelWhen(BooleanSupplier cancelled) {
    return choose(options -> options.cancelWhen(cancelled));
  }

  private MirrorTranslation choose(Consumer<TranslateOptions> choice) {
    choices = choices.andThen(choice);
    return this;
  }

  /**
   * Says what {@link #run} would do, and changes nothing: each object is looked at, and what is in
   * its place.
   *
   * @throws IllegalArgumentException for a dialect that is only read
   * @throws io.kmesh.spi.ProviderException INVALID when one prefix lies below the other,
   *     UNSUPPORTED when the target lacks what a mirror needs, or CANCELLED
   */
  public MirrorTranslationReport plan(MirrorDialect dialect) throws IOException {
    return translator(dialect, Translator.Mode.PLAN).run();
  }

  /**
   * Translates. Nothing is overwritten that was not translated from the same object before, unless
   * {@link #overwrite} was asked; in place each object is replaced under its ETag. What fails is
   * reported by its key, and nothing is written for it.
   *
   * @throws IllegalArgumentException for a dialect that is only read
   * @throws io.kmesh.spi.ProviderException as {@link #plan} does, and NO_SPACE
   */
  public MirrorTranslationReport run(MirrorDialect dialect) throws IOException {
    return translator(dialect, Translator.Mode.RUN).run();
  }

  private Translator translator(MirrorDialect dialect, Translator.Mode mode) throws IOException {
    TranslateOptions options = new TranslateOptions(dialect);
    choices.accept(options);
    CancelScope scope = new CancelScope(time, options::isCancelled);
    ObjectStore from = StorePace.endingWith(source, scope);
    ObjectStore to = target == source ? from : StorePace.endingWith(target, scope);
    return new Translator(new BothEnds(from, to, scope), options, mode);
  }

  private final class BothEnds implements Translator.Ends {
    private final ObjectStore from;
    private final ObjectStore to;
    private final CancelScope scope;

    private BothEnds(ObjectStore from, ObjectStore to, CancelScope scope) {
      this.from = from;
      this.to = to;
      this.scope = scope;
    }

    @Override
    public ObjectStore source() {
      return from;
    }

    @Override
    public String sourcePrefix() {
      return sourcePrefix;
    }

    @Override
    public ObjectStore target() {
      return to;
    }

    @Override
    public String targetPrefix() {
      return targetPrefix;
    }

    @Override
    public MirrorSettings settings(ObjectStore store) {
      MirrorSettings settings = MirrorSettings.withoutState(store, time);
      settings.budget(budget);
      settings.budgetSeenThrough(scope::over);
      settings.partSize(partSize);
      settings.retry(retry);
      settings.observer(observer);
      return settings;
    }
  }
}
