// SPDX-License-Identifier: Apache-2.0
package io.kmesh.engine.repository;

import io.kmesh.core.internal.snapshots.cut.FileQuiesceJournal;
import io.kmesh.core.internal.snapshots.cut.FrozenSite;
import io.kmesh.core.internal.snapshots.cut.QuiesceJournal;
import io.kmesh.core.internal.snapshots.cut.QuiesceLimits;
import io.kmesh.spi.quiesce.QuiesceHook;
import io.kmesh.spi.quiesce.ScriptHook;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What brings writers to rest while snapshots are taken together.
 *
 * @param hooks in the order of freezing; none to publish together only
 * @param hook the deadline of each call of a hook
 * @param frozen how long writers may rest, from the first freeze to the end of the pass over all
 *     trees
 * @param journal the folder that remembers what is frozen, the user's own; null for none
 */
public record QuiescePlan(
    List<QuiesceHook> hooks, Duration hook, Duration frozen, @Nullable Path journal) {
  /** Copies the list. */
  public QuiescePlan {
    hooks = List.copyOf(hooks);
  }

  /** No hook. */
  public static QuiescePlan none() {
    return new QuiescePlan(List.of(), Duration.ofSeconds(30), Duration.ofMinutes(2), null);
  }

  /**
   * A hook of two command lines for {@code /bin/sh}.
   *
   * @param name unique within a cut
   */
  public static QuiesceHook script(String name, String freeze, String thaw) {
    return new ScriptHook(name, freeze, thaw);
  }

  QuiesceLimits limits() {
    return new QuiesceLimits(hook, frozen);
  }

  QuiesceJournal openJournal(String host) throws IOException {
    return journal == null ? QuiesceJournal.NONE : FileQuiesceJournal.in(journal, host);
  }

  /**
   * Thaws by their commands what processes that ended left frozen.
   *
   * @param journal the folder
   * @param host where this runs
   * @param hook the deadline of each call
   * @return the names of what was thawed
   * @throws io.kmesh.spi.ProviderException when one can't be thawed; it stays in the journal
   */
  public static List<String> thawLeft(Path journal, String host, Duration hook, KmeshTime time)
      throws IOException {
    FileQuiesceJournal files = FileQuiesceJournal.in(journal, host);
    List<String> left = new ArrayList<>(files.left().stream().map(FrozenSite::name).toList());
    files
        .thawLeft(site -> Optional.empty(), new QuiesceLimits(hook, hook), time)
        .forEach(unknown -> left.remove(unknown.name()));
    return left;
  }
}
