// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import io.kmesh.core.internal.flows.base.Dot;
import io.kmesh.core.internal.flows.base.FlowBase;
import io.kmesh.core.internal.flows.base.Link;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.core.internal.flows.detect.Inspector;
import io.kmesh.core.internal.flows.merge.Conflict;
import io.kmesh.core.internal.flows.merge.KeptConflict;
import io.kmesh.flows.FlowConflict;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.posix.RenameMode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/** The conflicts that one end found, for people. For the engine's thread. */
final class EndConflicts {
  /** About how many characters of paths a page has. */
  private static final int MOST_TEXT = 1 << 18;

  private final FlowBase base;
  private final MergedEnd end;
  private final PosixTree tree;
  private final String name;
  private final String policy;

  /**
   * Conflicts of an end.
   *
   * @param name the end's
   * @param policy as {@link FlowConflict} calls it
   */
  EndConflicts(FlowBase base, MergedEnd end, PosixTree tree, String name, String policy) {
    this.base = base;
    this.end = end;
    this.tree = tree;
    this.name = name;
    this.policy = policy;
  }

  /**
   * Some that nobody resolved.
   *
   * @param from where to begin, as the page before says; empty for the first
   * @param most at most so many
   * @throws ProviderException INVALID when no page begins there
   */
  ConflictPage page(String from, int most) throws IOException {
    byte[] start;
    try {
      start = HexFormat.of().parseHex(from);
    } catch (IllegalArgumentException e) {
      throw new ProviderException(
          ErrorKind.INVALID,
          "Cannot list conflicts from \"" + from + "\" on: no page begins so.",
          e);
    }
    List<FlowConflict> told = new ArrayList<>();
    int text = 0;
    for (KeptConflict one : end.conflicts().from(start, most + 1)) {
      if (told.size() == most || text > MOST_TEXT) {
        return new ConflictPage(told, HexFormat.of().formatHex(one.key()));
      }
      FlowConflict next = tell(one);
      told.add(next);
      text += next.path().length() + next.kept().length();
    }
    return new ConflictPage(told, "");
  }

  /** For people. */
  FlowConflict tell(KeptConflict one) throws IOException {
    boolean isDecided =
        one.kind() == Conflict.Kind.CONTENT
            || one.kind() == Conflict.Kind.NAME
            || one.kind() == Conflict.Kind.ATTRIBUTES;
    NodeId kept = one.kept();
    Optional<PathBytes> keptPath = kept == null ? Optional.empty() : base.path(kept);
    boolean isAside = !one.aside().equals(PathBytes.EMPTY);
    return new FlowConflict(
        one.id(),
        FlowConflict.Kind.valueOf(one.kind().name()),
        pathOf(one).map(PathBytes::toString).orElse(""),
        endOf(one.winnerDot()),
        endOf(one.loserDot()),
        isDecided ? policy : "rule",
        isAside ? name : keptPath.isPresent() ? "both" : "",
        isAside ? one.aside().toString() : keptPath.map(PathBytes::toString).orElse(""),
        one.found());
  }

  private static String endOf(Dot dot) {
    return dot.equals(Dot.NONE) ? "" : MergedEnd.nameOf(dot.replica());
  }

  private Optional<PathBytes> pathOf(KeptConflict one) throws IOException {
    Optional<PathBytes> now = base.path(one.winner());
    Link link = one.link();
    if (now.isPresent() || link == null) {
      return now;
    }
    return Optional.of(base.path(link.parent()).orElse(PathBytes.EMPTY).resolve(link.name()));
  }

  /** The conflict of an id that has the loser's bytes, or any; empty when there is none here. */
  Optional<KeptConflict> find(String id) throws IOException {
    return end.conflicts().all().stream().filter(one -> one.id().equals(id)).findFirst();
  }

  /** Does what somebody decided, as far as it is this end's to do, and lists it no more. */
  void resolve(KeptConflict one, Resolution how) throws IOException {
    if (how == Resolution.FORGET) {
      dropAside(one); // the other end had the loser's bytes too, and did it
    } else {
      apply(one, how);
    }
    end.conflicts().forget(one);
  }

  /** Takes away the loser's bytes, unless an earlier process or somebody else did. */
  private void dropAside(KeptConflict one) throws IOException {
    if (!one.aside().equals(PathBytes.EMPTY)) {
      try (PosixDirectory in = tree.openDirectory(one.aside().parent())) {
        if (in.find(one.aside().name()).isPresent()) {
          in.unlink(one.aside().name());
        }
      }
    }
  }

  private void apply(KeptConflict one, Resolution how) throws IOException {
    NodeId copy =
        one.kind() == Conflict.Kind.CONTENT || one.kind() == Conflict.Kind.NAME ? one.kept() : null;
    boolean isAside = !one.aside().equals(PathBytes.EMPTY);
    if (how == Resolution.KEEP_WINNER) {
      if (isAside) {
        dropAside(one);
      } else if (copy != null) {
        end.merger().drop(copy);
      }
      return;
    }
    if (copy != null && end.merger().replace(one.winner(), copy, one.link())) {
      return;
    }
    Optional<PathBytes> path = pathOf(one);
    if (!isAside || path.isEmpty()) {
      throw new ProviderException(
          ErrorKind.PRECONDITION,
          "Cannot take the loser of the conflict "
              + one.id()
              + ": its bytes are not kept at this end, or what stands is a directory. Move what you"
              + " want by hand, and resolve it by KEEP_WINNER.");
    }
    try (PosixDirectory from = tree.openDirectory(one.aside().parent());
        PosixDirectory to = tree.openDirectory(path.get().parent())) {
      from.rename(one.aside().name(), to, path.get().name(), RenameMode.REPLACE);
    }
    end.inspector().look(List.of(path.get()), Inspector.Depth.ENTRY);
  }
}
