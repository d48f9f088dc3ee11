// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import io.kmesh.core.internal.flows.merge.KeptConflict;
import io.kmesh.flows.FlowConflict;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** The conflicts of a flow whose ends run here: each end found its own. Thread-safe. */
final class BothConflicts {
  private final List<FlowEnd> ends;

  BothConflicts(FlowEnd source, FlowEnd target) {
    this.ends = List.of(source, target);
  }

  private interface Use {
    void of(EndConflicts conflicts) throws IOException;
  }

  private static void at(FlowEnd end, Use use) throws IOException {
    EndConflicts conflicts = end.conflicts();
    if (conflicts != null) {
      CompletableFuture<Void> done = end.replica().call(() -> use.of(conflicts));
      try {
        done.join();
      } catch (CompletionException e) {
        throw e.getCause() instanceof IOException io ? io : new IOException(e.getCause());
      }
    }
  }

  /** All that nobody resolved, the oldest first; what both ends found once. */
  List<FlowConflict> list() throws IOException {
    Map<String, FlowConflict> all = new LinkedHashMap<>();
    for (FlowEnd end : ends) {
      at(
          end,
          conflicts -> {
            for (FlowConflict one : conflicts.list()) {
              all.merge(one.id(), one, (a, b) -> a.kept().isEmpty() ? b : a);
            }
          });
    }
    List<FlowConflict> sorted = new ArrayList<>(all.values());
    sorted.sort(Comparator.comparing(FlowConflict::found).thenComparing(FlowConflict::id));
    return sorted;
  }

  /** Does what somebody decided at the end that has the loser's bytes. */
  void resolve(String id, FlowConflict.Choice choice) throws IOException {
    Map<FlowEnd, KeptConflict> found = new LinkedHashMap<>();
    for (FlowEnd end : ends) {
      at(
          end,
          conflicts -> {
            Optional<KeptConflict> one = conflicts.find(id);
            one.ifPresent(c -> found.put(end, c));
          });
    }
    if (found.isEmpty()) {
      throw new ProviderException(
          ErrorKind.NOT_FOUND,
          "Cannot resolve the conflict " + id + ": there is none of that name. List them.");
    }
    Map.Entry<FlowEnd, KeptConflict> holder =
        found.entrySet().stream()
            .filter(e -> !e.getValue().aside().equals(PathBytes.EMPTY))
            .findFirst()
            .orElseGet(() -> found.entrySet().iterator().next());
    at(holder.getKey(), conflicts -> conflicts.apply(holder.getValue(), choice));
    for (Map.Entry<FlowEnd, KeptConflict> one : found.entrySet()) {
      at(one.getKey(), conflicts -> conflicts.forget(one.getValue()));
    }
  }
}
