// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import io.kmesh.core.internal.mirror.cache.AnswerCache;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.store.ListPage;
import io.kmesh.spi.store.ListRequest;
import io.kmesh.spi.store.ObjectInfo;
import io.kmesh.spi.store.StoreCapability;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What one pass over a prefix knows of its objects without asking for each: from the metadata in
 * the store's listings where it has them, else from the cache where the options name one. One
 * thread lists; {@link MirrorObjects} gives the rest to all.
 */
final class PassCache implements Closeable {
  private final MirrorSettings settings;
  private final TreeOptions options;
  private final MirrorObjects objects;
  private final TreeRun run;
  private final boolean believesSent;
  private @Nullable AnswerCache cache;

  /**
   * The cache of a pass.
   *
   * @param believesSent whether what was sent from here counts too
   */
  PassCache(
      MirrorSettings settings,
      TreeOptions options,
      MirrorObjects objects,
      TreeRun run,
      boolean believesSent) {
    this.settings = settings;
    this.options = options;
    this.objects = objects;
    this.run = run;
    this.believesSent = believesSent;
  }

  /** Lists as much as pays, and tells at which keys nothing is. */
  FewKeys list() throws IOException {
    ListRequest request = ListRequest.prefix(objects.full(""));
    ListPage first = objects.list(Retrier.Check.NONE, request);
    Optional<AnswerCache> opened = open(first);
    if (opened.isEmpty()) {
      return FewKeys.of(objects, first);
    }
    AnswerCache answers = opened.get();
    answers.list(new Pages(request, first), objects.can(StoreCapability.UTF8_KEY_ORDER), null);
    return new FewKeys(answers::isAbsent);
  }

  /** Hears of entries that are listed. */
  @FunctionalInterface
  interface Visitor {
    /**
     * Takes one.
     *
     * @param key without the prefix
     * @param info what the listing says of it, or all that is known
     * @param isKnown whether it need not be asked for
     */
    void visit(String key, ObjectInfo info, boolean isKnown) throws IOException;
  }

  /** Lists all entries, each once, while it goes. */
  void list(Visitor visitor) throws IOException {
    ListRequest request = ListRequest.prefix(objects.full(""));
    ListPage first = objects.list(Retrier.Check.NONE, request);
    Pages pages = new Pages(request, first);
    boolean hasUse = !hasMetadata(first) && objects.can(StoreCapability.UTF8_KEY_ORDER);
    Optional<AnswerCache> opened = hasUse ? open(first) : Optional.empty();
    if (opened.isPresent()) {
      opened
          .get()
          .list(
              pages,
              true,
              (key, info, isKnown) -> {
                if (TreeImport.isEntry(key)) {
                  visitor.visit(key, info, isKnown);
                }
              });
      return;
    }
    for (List<ObjectInfo> page = pages.next(); page != null; page = pages.next()) {
      for (ObjectInfo listed : page) {
        run.checkStop();
        Optional<String> key = objects.relative(listed.key());
        if (key.isPresent() && TreeImport.isEntry(key.get())) {
          visitor.visit(key.get(), listed, !listed.metadata().isEmpty());
        }
      }
    }
  }

  /** A list that has metadata has all of it. */
  private static boolean hasMetadata(ListPage page) {
    return page.objects().stream().anyMatch(info -> !info.metadata().isEmpty());
  }

  /** Entries, and what objects keep beside themselves. */
  private static boolean isNoted(String key) {
    return TreeImport.isEntry(key) || key.startsWith(MirrorKeys.SIDE);
  }

  private Optional<AnswerCache> open(ListPage first) {
    boolean hasMetadata = hasMetadata(first);
    Path folder = options.cache;
    if (!hasMetadata && folder == null) {
      return Optional.empty();
    }
    Optional<AnswerCache> opened =
        AnswerCache.open(
            hasMetadata ? null : folder,
            MirrorSettings.placeOf(settings.store),
            objects.full(""),
            settings.time,
            believesSent,
            PassCache::isNoted,
            note -> run.tally().sum(Subject.entry(PathBytes.EMPTY, ""), note));
    opened.ifPresent(
        answers -> {
          cache = answers;
          objects.noteIn(answers);
        });
    return opened;
  }

  /** The pages of a listing whose first one is known. */
  private final class Pages implements AnswerCache.Pages {
    private @Nullable ListRequest following;
    private @Nullable ListPage first;

    Pages(ListRequest request, ListPage first) {
      this.following = request;
      this.first = first;
    }

    @Override
    public @Nullable List<ObjectInfo> next() throws IOException {
      run.checkStop();
      ListRequest request = following;
      if (request == null) {
        return null;
      }
      ListPage known = first;
      ListPage page = known != null ? known : objects.list(Retrier.Check.NONE, request);
      first = null;
      following = page.nextAfter().isPresent() ? request.following(page) : null;
      return page.objects();
    }
  }

  /** Keeps what was noted. */
  @Override
  public void close() {
    AnswerCache answers = cache;
    if (answers != null && run.isWhole()) {
      answers.close();
    } else if (answers != null) {
      answers.closeSoon(); // who cancels does not wait
    }
  }
}
