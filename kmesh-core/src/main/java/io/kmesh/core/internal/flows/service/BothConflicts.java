// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import io.kmesh.core.internal.flows.merge.ConflictDesk;
import io.kmesh.flows.FlowConflict;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The conflicts of flows of several masters: each end found its own. Thread-safe. */
final class BothConflicts implements ConflictDesk {
  /** How many of one end are listed, whatever it says. */
  private static final int MOST = 100_000;

  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private final List<MasterEnd> ends;

  /** Of some ends, each once. */
  BothConflicts(List<MasterEnd> ends) {
    this.ends = List.copyOf(ends);
  }

  private static <T> T await(CompletableFuture<T> asked) throws IOException {
    try {
      return asked.get(PATIENCE.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      asked.cancel(false);
      throw new ProviderException(
          ErrorKind.TRANSIENT,
          "Cannot tell what became of conflicts: one end did not answer within "
              + PATIENCE.toSeconds()
              + " s. Its status says why; ask again.",
          e);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof IOException io ? io : new IOException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      asked.cancel(false);
      throw new ProviderException(
          ErrorKind.TRANSIENT, "Cannot tell what became of conflicts: the wait was ended.", e);
    }
  }

  /** What several ends found is listed once. */
  @Override
  public List<FlowConflict> list() throws IOException {
    Map<String, FlowConflict> all = new LinkedHashMap<>();
    for (MasterEnd end : ends) {
      String from = "";
      int count = 0;
      do {
        ConflictPage page = await(end.conflicts(from, ConflictPage.MOST));
        for (FlowConflict one : page.conflicts()) {
          all.merge(one.id(), one, BothConflicts::better);
        }
        count += page.conflicts().size();
        from = page.next();
      } while (!from.isEmpty() && count < MOST);
    }
    List<FlowConflict> sorted = new ArrayList<>(all.values());
    sorted.sort(Comparator.comparing(FlowConflict::found).thenComparing(FlowConflict::id));
    return sorted;
  }

  /**
   * Of what two ends tell, that which says where the loser's bytes are, or else the path; found
   * when the first one found it.
   */
  private static FlowConflict better(FlowConflict one, FlowConflict other) {
    boolean isMore =
        one.kept().isEmpty()
            ? !other.kept().isEmpty() || one.path().isEmpty()
            : other.keptEnd().equals(one.loser()); // others may have had the bytes by then, too
    FlowConflict more = isMore ? other : one;
    FlowConflict less = isMore ? one : other;
    // Who has the bytes may only have heard of it; who decided knows the winner.
    return new FlowConflict(
        more.id(),
        more.kind(),
        more.path(),
        more.winner().isEmpty() ? less.winner() : more.winner(),
        more.loser(),
        more.policy(),
        more.keptEnd(),
        more.kept(),
        more.found().isBefore(less.found()) ? more.found() : less.found());
  }

  /** The end that has the loser's bytes does it; the others list it no more. */
  @Override
  public void resolve(String id, FlowConflict.Choice choice) throws IOException {
    Map<MasterEnd, FlowConflict> found = new LinkedHashMap<>();
    for (MasterEnd end : ends) {
      for (FlowConflict one : await(end.find(id)).conflicts()) {
        found.put(end, one);
      }
    }
    if (found.isEmpty()) {
      throw new ProviderException(
          ErrorKind.NOT_FOUND,
          "Cannot resolve the conflict " + id + ": there is none of that name. List them.");
    }
    MasterEnd holder =
        found.entrySet().stream()
            .filter(e -> isAside(e.getValue()))
            .findFirst()
            .orElseGet(() -> found.entrySet().iterator().next())
            .getKey();
    await(holder.resolve(id, Resolution.of(choice)));
    for (MasterEnd end : found.keySet()) {
      if (!end.equals(holder)) {
        await(end.resolve(id, Resolution.FORGET));
      }
    }
  }

  /** Whether the end that tells of it has the loser's bytes, and no other can do it. */
  private static boolean isAside(FlowConflict one) {
    return !one.keptEnd().isEmpty() && !one.keptEnd().equals("both");
  }
}
