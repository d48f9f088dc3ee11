// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror.translate;

import io.kmesh.core.internal.mirror.MirrorKeys;
import io.kmesh.core.internal.mirror.MirrorObjects;
import io.kmesh.core.internal.mirror.MirrorSettings;
import io.kmesh.core.internal.mirror.WorkRun;
import io.kmesh.engine.MirrorTranslationReport;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.store.ListPage;
import io.kmesh.spi.store.ListRequest;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.ObjectStore;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/**
 * Translates a prefix: one lister, and threads that look at what it lists and move it. Memory does
 * not grow with the number of objects. Used once.
 */
public final class Translator {
  private static final int BATCH = 16;

  private final MirrorObjects source;
  private final LongAdder calls = new LongAdder();
  private final TranslationTally tally;
  private final WorkRun run;
  private final ObjectTask task;

  /** The two ends and how their calls are made. */
  public interface Ends {
    /** The source's store. */
    ObjectStore source();

    /** The source's prefix: empty or ending in a slash. */
    String sourcePrefix();

    /** The target's store; the same instance when it is one store. */
    ObjectStore target();

    /** The target's prefix. */
    String targetPrefix();

    /** Calls of a store, tried again as it was asked. */
    MirrorSettings settings(ObjectStore store);
  }

  /** A translation; its threads start with {@link #run}. */
  public Translator(Ends ends, TranslateOptions options, Mode mode) throws ProviderException {
    boolean isOneStore = ends.source() == ends.target();
    boolean isInPlace = isOneStore && ends.sourcePrefix().equals(ends.targetPrefix());
    refuseOverlap(ends, isOneStore && !isInPlace);
    MirrorObjects.checkCapabilities(ends.target(), "translate to");
    ObjectStore from = new CountingStore(ends.source(), calls);
    ObjectStore to = isOneStore ? from : new CountingStore(ends.target(), calls);
    MirrorSettings reading = ends.settings(from);
    reading.prefix(ends.sourcePrefix());
    MirrorSettings writing = ends.settings(to);
    writing.prefix(ends.targetPrefix());
    writing.budget();
    this.source = MirrorObjects.of(reading);
    MirrorObjects target = MirrorObjects.of(writing);
    this.tally = new TranslationTally(options);
    this.run =
        new WorkRun(
            "translate " + ends.source().uri() + " " + ends.sourcePrefix(),
            "transfer-translate",
            options.threads,
            options.cancelled);
    ObjectMover mover = new ObjectMover(run, tally, options, writing, source, target, isOneStore);
    this.task =
        new ObjectTask(
            run,
            tally,
            options,
            source,
            target,
            new SourceReader(source, MirrorKeys.of(reading), options.believed, run::checkStop),
            new TargetForm(
                options.dialect,
                ends.source().uri(),
                ends.sourcePrefix(),
                ends.target().uri(),
                MirrorKeys.of(writing)),
            mover,
            isInPlace,
            mode);
  }

  /** What is done. */
  public enum Mode {
    /** Everything. */
    RUN,
    /** Only reading. */
    PLAN
  }

  private static void refuseOverlap(Ends ends, boolean isOneStore) throws ProviderException {
    String from = ends.sourcePrefix();
    String to = ends.targetPrefix();
    if (isOneStore && (from.startsWith(to) || to.startsWith(from))) {
      throw new ProviderException(
          ErrorKind.INVALID,
          "Cannot translate \""
              + from
              + "\" to \""
              + to
              + "\" in "
              + ends.source().uri()
              + ": one lies below the other. Use the same prefix for both, or prefixes apart.");
    }
  }

  /** Runs. */
  public MirrorTranslationReport run() throws IOException {
    try (run) {
      list();
    } catch (IOException | RuntimeException | Error e) {
      run.fail(e);
    }
    run.rethrow();
    tally.tell();
    return tally.report(calls.sum());
  }

  private void list() throws IOException {
    ListRequest request = ListRequest.prefix(source.full(""));
    while (true) {
      run.checkStop();
      ListPage page = source.list(run::checkStop, request);
      List<String> batch = new ArrayList<>();
      for (ObjectInfo listed : page.objects()) {
        source.relative(listed.key()).filter(Translator::isEntry).ifPresent(batch::add);
        if (batch.size() == BATCH) {
          submit(batch);
          batch = new ArrayList<>();
        }
      }
      submit(batch);
      if (page.nextAfter().isEmpty()) {
        return;
      }
      request = request.following(page);
    }
  }

  private void submit(List<String> keys) {
    run.submit(
        () -> {
          for (String key : keys) {
            run.checkStop();
            task.translate(key);
          }
        });
  }

  private static boolean isEntry(String key) {
    return !key.isEmpty() && !key.startsWith(MirrorKeys.SIDE) && !key.startsWith(MirrorKeys.KEPT);
  }
}
