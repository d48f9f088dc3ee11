// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import io.kmesh.core.internal.flows.base.Content;
import io.kmesh.core.internal.flows.base.Dirent;
import io.kmesh.core.internal.flows.base.FlowBase;
import io.kmesh.core.internal.flows.base.Link;
import io.kmesh.core.internal.flows.base.Local;
import io.kmesh.core.internal.flows.base.Node;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.core.internal.flows.base.Version;
import io.kmesh.core.internal.flows.detect.Concurrent;
import io.kmesh.core.internal.flows.merge.UserEdits;
import io.kmesh.path.PathBytes;
import java.io.IOException;
import java.util.List;

/** Hands what detection finds to the merger. For the base's thread. */
record MergedEdits(UserEdits edits, Places places) implements Concurrent {
  /** What the placer knows of the tree. */
  interface Places {
    /** The names that a node has, whatever its registers say. */
    List<Link> names(Node node) throws IOException;

    /** A node is not in the tree any more. */
    void left(NodeId node) throws IOException;

    /** A name that is no user's is in a directory. */
    void hidden(NodeId directory, PathBytes name) throws IOException;

    /** It was noted what has a name. */
    void placed(Link link) throws IOException;
  }

  @Override
  public List<Link> names(FlowBase base, Node node) throws IOException {
    return places.names(node);
  }

  @Override
  public void hidden(NodeId directory, PathBytes name) throws IOException {
    places.hidden(directory, name);
  }

  @Override
  public void placed(Link link) throws IOException {
    places.placed(link);
  }

  @Override
  public Node content(FlowBase base, Node known, Content here, Version version) throws IOException {
    return edits.content(known, here, version);
  }

  @Override
  public Dirent name(FlowBase base, Dirent known, NodeId here, Version version) throws IOException {
    return edits.name(known, here, version);
  }

  @Override
  public Node changed(FlowBase base, Node node) throws IOException {
    return edits.changed(node);
  }

  @Override
  public void changed(FlowBase base, Dirent before, Dirent after) throws IOException {
    edits.changed(before, after);
  }

  @Override
  public void left(FlowBase base, Node node, Local here) throws IOException {
    edits.left(node, here);
    places.left(node.id());
  }
}
