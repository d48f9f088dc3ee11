// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.place;

import io.kmesh.core.internal.flows.base.Dot;
import io.kmesh.core.internal.flows.base.LocalKey;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.PosixDirectory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/**
 * Which contents may come, and those that came. What says so is for the engine's thread; contents
 * come on any.
 */
final class Staging {
  /** The most contents that may come at once; others are asked for later. */
  static final int MOST_WANTED = 100_000;

  private static final int STRIPES = 64;

  private final StagingFiles files;
  private final FlowNames names;
  private final Map<NodeId, Wanted> wanted = new ConcurrentHashMap<>();
  private final Map<NodeId, StagedFile> open = new ConcurrentHashMap<>();
  private final Map<NodeId, DirectoryRef> places = new ConcurrentHashMap<>();
  private final Queue<Staged> whole = new ConcurrentLinkedQueue<>();

  /** Contents that are whole and were not taken over yet, by the node. */
  private final Map<NodeId, Staged> came = new ConcurrentHashMap<>();

  private final Queue<Came> news = new ConcurrentLinkedQueue<>();
  private final Set<NodeId> disturbed = ConcurrentHashMap.newKeySet();
  private final Deque<Wanted> unasked = new ArrayDeque<>();
  private final Object[] stripes = new Object[STRIPES];
  private volatile boolean isClosed;

  Staging(StagingFiles files, FlowNames names) {
    this.files = files;
    this.names = names;
    for (int i = 0; i < STRIPES; i++) {
      stripes[i] = new Object();
    }
  }

  /** Whether one more may come. */
  boolean hasRoom() {
    return wanted.size() < MOST_WANTED;
  }

  /** Whether many more may come. */
  boolean hasPlenty() {
    return wanted.size() < MOST_WANTED / 2;
  }

  /** The directories that files are being made in. */
  Set<NodeId> openDirectories() {
    Set<NodeId> ids = new HashSet<>();
    open.values().forEach(f -> ids.add(f.directory().id()));
    return ids;
  }

  /** Whether a file is being made under a temporary name, or is whole and not taken over yet. */
  boolean isOpen(PathBytes temporary, FlowNames names) {
    return open.keySet().stream().anyMatch(n -> names.temporary(n).equals(temporary))
        || whole.stream().anyMatch(s -> names.temporary(s.node()).equals(temporary));
  }

  /** What is wanted of a node now. */
  @Nullable Wanted wanted(NodeId node) {
    return wanted.get(node);
  }

  /** Says that a content may come; it takes the place of an older one of its node. */
  void want(Wanted one) {
    if (!one.equals(wanted.put(one.node(), one))) {
      unasked.addLast(one);
    }
  }

  /** Says that no content of a node is wanted. */
  void unwant(NodeId node) {
    wanted.remove(node);
  }

  /** Wanted contents that were not given out yet and don't come now. */
  List<Want> ask(int most) {
    List<Want> wants = new ArrayList<>();
    while (wants.size() < most && !unasked.isEmpty()) {
      Wanted one = unasked.removeFirst();
      if (one.equals(wanted.get(one.node())) && !isComing(one)) {
        wants.add(new Want(one.node(), one.content(), one.size(), one.similar()));
      }
    }
    return wants;
  }

  private boolean isComing(Wanted one) {
    StagedFile file = open.get(one.node());
    return (file != null && file.wanted().content().equals(one.content()))
        || hasCome(one.node(), one.content());
  }

  private boolean hasCome(NodeId node, Dot content) {
    Staged one = came.get(node);
    return one != null && one.content().equals(content);
  }

  /** Gives out again all that don't come now. */
  void askAgain() {
    unasked.clear();
    unasked.addAll(wanted.values());
  }

  /** Says that files may be made in a directory: a restart finds them there. */
  void offer(DirectoryRef directory) {
    places.put(directory.id(), directory);
  }

  /** Says that none may be made there any more. */
  void withdraw(NodeId directory) {
    places.remove(directory);
  }

  /** Whether files may be made in a directory. */
  boolean isOffered(NodeId directory) {
    return places.containsKey(directory);
  }

  /** The next file that is whole, which is wanted no more; null when there is none. */
  @Nullable Staged next() {
    Staged one = whole.poll();
    if (one != null) {
      news.add(new Came(one.node(), one.content(), false));
      synchronized (stripe(one.node())) {
        came.remove(one.node(), one);
        wanted.computeIfPresent(
            one.node(), (id, now) -> now.content().equals(one.content()) ? null : now);
      }
    }
    return one;
  }

  /** The directories in which files were made or dropped since the last call. */
  List<NodeId> disturbed() {
    List<NodeId> all = List.copyOf(disturbed);
    all.forEach(disturbed::remove);
    return all;
  }

  /**
   * Takes a content; the same sink for all who open one. Any thread. Nothing is taken any more when
   * this was closed: links bring bytes until they hear of that.
   */
  Optional<ContentSink> open(NodeId node, Dot content, long size) throws IOException {
    Wanted one = wanted.get(node);
    if (one == null || !one.content().equals(content)) {
      return Optional.empty();
    }
    if (size != one.size()) {
      throw new ProviderException(
          ErrorKind.INVALID,
          "Cannot take the bytes of node "
              + node
              + ": they are said to be "
              + size
              + ", and its register says "
              + one.size()
              + ". The two sites may run builds that disagree.");
    }
    synchronized (stripe(node)) {
      if (isClosed || hasCome(node, content)) {
        return Optional.empty();
      }
      StagedFile file = open.get(node);
      if (file == null || !file.wanted().content().equals(content)) {
        file = files.create(one, places.get(one.parent()), this);
        open.put(node, file);
        disturbed.add(file.directory().id());
      }
      return Optional.of(file);
    }
  }

  /** Takes a whole content. Any thread. */
  boolean put(NodeId node, Dot content, ByteBuffer bytes) throws IOException {
    Optional<ContentSink> sink = open(node, content, bytes.remaining());
    if (sink.isEmpty()) {
      return false;
    }
    try (ContentSink s = sink.get()) {
      s.write(0, bytes);
      s.done();
    }
    return true;
  }

  /** Notes that a content came and was not placed. */
  void lost(NodeId node, Dot content) {
    news.add(new Came(node, content, true));
  }

  /** The contents that came, each once. */
  List<Came> takeCame() {
    List<Came> all = new ArrayList<>();
    for (Came one = news.poll(); one != null; one = news.poll()) {
      all.add(one);
    }
    return all;
  }

  /** Takes a file that is whole, unless another content is wanted by now. */
  boolean finish(StagedFile file, Staged staged) {
    synchronized (stripe(staged.node())) {
      boolean isCurrent = open.remove(staged.node(), file) && isWanted(file.wanted());
      if (isCurrent) {
        came.put(staged.node(), staged);
        whole.add(staged);
      } else {
        lost(staged.node(), staged.content());
      }
      return isCurrent;
    }
  }

  private boolean isWanted(Wanted one) {
    Wanted now = wanted.get(one.node());
    return now != null && now.content().equals(one.content());
  }

  /** Takes away the name of a file that is of no use, unless another of its node has it by now. */
  void drop(StagedFile file, PosixDirectory directory) throws IOException {
    NodeId node = file.wanted().node();
    synchronized (stripe(node)) {
      open.remove(node, file);
      disturbed.add(file.directory().id());
      remove(directory, file.directory(), node, file.key());
    }
  }

  /** As above, of a file that was taken over. */
  void remove(Staged one, PosixDirectory directory) throws IOException {
    synchronized (stripe(one.node())) {
      remove(directory, one.directory(), one.node(), one.key());
    }
  }

  /** Takes away a temporary name of this flow, unless a content that comes or came has it. */
  void removeStray(DirectoryRef at, PosixDirectory directory, PathBytes name) throws IOException {
    Optional<NodeId> node = names.temporaryNode(name);
    if (node.isEmpty()) {
      TreeNames.unlinkIfThere(directory, name); // a second name, of which only a step makes any
      return;
    }
    synchronized (stripe(node.get())) {
      if (!isUsed(node.get(), at)) {
        TreeNames.unlinkIfThere(directory, name);
      }
    }
  }

  /** Whether a content that comes or came has a temporary name in a directory. */
  boolean isUsed(PathBytes name, DirectoryRef at) {
    return names.temporaryNode(name).filter(n -> isUsed(n, at)).isPresent();
  }

  private boolean isUsed(NodeId node, DirectoryRef at) {
    StagedFile coming = open.get(node);
    Staged one = came.get(node);
    return (coming != null && coming.directory().key().equals(at.key()))
        || (one != null && one.directory().key().equals(at.key()));
  }

  /** An object that was made after another is gone may have its key, so that does not tell them. */
  private void remove(PosixDirectory directory, DirectoryRef at, NodeId node, LocalKey key)
      throws IOException {
    StagedFile coming = open.get(node);
    Staged whole = came.get(node);
    if ((coming == null || !coming.directory().id().equals(at.id()))
        && (whole == null || !whole.directory().id().equals(at.id()))) {
      files.remove(directory, node, key);
    }
  }

  private Object stripe(NodeId node) {
    return stripes[(node.hashCode() & Integer.MAX_VALUE) % STRIPES];
  }

  /** Drops all that is open. When it returns nobody makes a file, or uses the tree for that. */
  void close() throws IOException {
    isClosed = true;
    for (Object stripe : stripes) {
      synchronized (stripe) {
        continue; // who began to make a file before has made it
      }
    }
    for (StagedFile file : List.copyOf(open.values())) {
      file.close();
    }
  }
}
