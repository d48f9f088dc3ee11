// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.merge;

import io.kmesh.core.internal.flows.base.Content;
import io.kmesh.core.internal.flows.base.Dirent;
import io.kmesh.core.internal.flows.base.Dot;
import io.kmesh.core.internal.flows.base.FlowBase;
import io.kmesh.core.internal.flows.base.Link;
import io.kmesh.core.internal.flows.base.Local;
import io.kmesh.core.internal.flows.base.LocalKey;
import io.kmesh.core.internal.flows.base.Node;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.core.internal.flows.base.Version;
import io.kmesh.core.internal.flows.base.VersionVector;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.util.LinkedHashSet;
import java.util.Set;

/** Merges what the users of this site's tree did with what others did. For the base's thread. */
public final class UserEdits {
  private final FlowBase base;
  private final MergeNotes notes;
  private final NameWriter writer;
  private final NodeMerge nodes;
  private final NameMerge contests;

  /** Names whose registers stand while what they led to left the tree. */
  private final Set<Link> lacking = new LinkedHashSet<>();

  UserEdits(
      FlowBase base, MergeNotes notes, NameWriter writer, NodeMerge nodes, NameMerge contests) {
    this.base = base;
    this.notes = notes;
    this.writer = writer;
    this.nodes = nodes;
    this.contests = contests;
  }

  /** Names that must be placed again, since this was last asked. */
  Set<Link> takeLacking() {
    Set<Link> taken = new LinkedHashSet<>(lacking);
    lacking.clear();
    return taken;
  }

  /**
   * A file was written here while its newest bytes are not here.
   *
   * @param known as it is known, with what is here now
   * @param here what the file is now
   * @param version of what is here
   * @return the node that the file here is from now on
   */
  public Node content(Node known, Content here, Version version) throws IOException {
    LocalKey key = local(known).key();
    base.keep(known);
    nodes.join(known, known.withContent(here, version));
    return base.nodeAt(key)
        .orElseThrow(
            () ->
                new ProviderException(
                    ErrorKind.CORRUPT,
                    "Cannot find the object of node "
                        + known.id()
                        + " in the base after its contents were merged. Have the flow made anew"
                        + " from its trees."));
  }

  private static Local local(Node node) {
    Local local = node.local();
    if (local == null) {
      throw new IllegalArgumentException("Node " + node.id() + " is not here.");
    }
    return local;
  }

  /**
   * A name was given here while it leads elsewhere by a change that is not here.
   *
   * @return the register as it is now
   */
  public Dirent name(Dirent known, NodeId here, Version version) throws IOException {
    contests.join(
        known,
        new Dirent(
            known.link(), here, null, VersionVector.EMPTY, version, known.placed(), known.seq()));
    return base.dirent(known.link());
  }

  /** Registers of a node changed here. */
  public Node changed(Node node) throws IOException {
    notes.touch(node.id());
    return base.change(node);
  }

  /** A name was given or removed here. */
  public void changed(Dirent before, Dirent after) throws IOException {
    writer.put(before, after);
  }

  /**
   * Somebody removed an object here and knew the content that it had here. Where others gave it a
   * name meanwhile it stays at that name, unless nobody but this site can have its bytes.
   *
   * @param node without what was here
   * @param here what was here
   */
  public void left(Node node, Local here) throws IOException {
    notes.touch(node.id());
    if (node.isDirectory()) {
      lacking.addAll(node.links());
      return;
    }
    Dot had = here.content();
    Version newest = node.contentVersion();
    boolean isNewest = had.equals(newest.origin());
    if (!node.links().isEmpty() && !(isNewest && had.replica() == base.replica())) {
      lacking.addAll(node.links());
      return;
    }
    for (Link link : node.links()) {
      writer.remove(link);
    }
    VersionVector seen =
        isNewest
            ? newest.seen()
            : had.counter() == 0
                ? VersionVector.EMPTY
                : VersionVector.of(had.replica(), had.counter());
    writer.bury(base.require(node.id()), seen);
  }
}
