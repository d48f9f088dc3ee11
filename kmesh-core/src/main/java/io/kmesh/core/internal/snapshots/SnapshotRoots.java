// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots;

import io.kmesh.core.internal.repository.ChunkReader;
import io.kmesh.core.internal.repository.Domain;
import io.kmesh.core.internal.repository.bytes.ChunkName;
import io.kmesh.core.internal.repository.head.Head;
import io.kmesh.core.internal.repository.session.Session;
import io.kmesh.snapshots.Caller;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The roots of snapshots in heads: which there are, who may see them, which is meant. Thread-safe.
 */
final class SnapshotRoots {
  private static final String LATEST = "latest";
  private static final String RULED = "access";

  private final Domain domain;
  private final @Nullable Caller caller;

  /**
   * Those of a domain.
   *
   * @param caller who looks; null for whoever has the key
   */
  SnapshotRoots(Domain domain, @Nullable Caller caller) {
    this.domain = domain;
    this.caller = caller;
  }

  /** The last one of a source. */
  static Optional<Head.Root> latest(Head head, String source, String host) {
    return head.roots().stream()
        .filter(r -> r.kind().equals(SnapshotStore.KIND))
        .filter(r -> source.equals(r.labels().get("source")) && host.equals(r.labels().get("host")))
        .max(Comparator.comparingLong(Head.Root::time));
  }

  /** Those of a head that the caller may see. */
  List<Head.Root> seen(Head head) throws IOException {
    List<Head.Root> all = list(head);
    Caller asking = caller;
    if (asking == null || all.stream().noneMatch(SnapshotRoots::isRuled)) {
      return all;
    }
    List<Head.Root> seen = new ArrayList<>();
    try (ChunkReader reader =
        new ChunkReader(domain, Session.index(domain, head), SnapshotStore.PAGE_CACHE)) {
      for (Head.Root root : all) {
        if (!isRuled(root)
            || !AccessView.allowed(manifest(reader, root).more().access(), asking).isEmpty()) {
          seen.add(root);
        }
      }
    }
    return seen;
  }

  /** Most have no rules: only manifests of those that have are read. */
  private static boolean isRuled(Head.Root root) {
    return root.labels().containsKey(RULED);
  }

  /** All of a head, oldest first. */
  static List<Head.Root> list(Head head) {
    return head.roots().stream()
        .filter(r -> r.kind().equals(SnapshotStore.KIND))
        .sorted(Comparator.comparingLong(Head.Root::time).thenComparing(Head.Root::id))
        .toList();
  }

  /** What roots of a head say of their snapshots. */
  List<SnapshotStore.Known> known(Head head, List<Head.Root> roots) throws IOException {
    List<SnapshotStore.Known> all = new ArrayList<>();
    try (ChunkReader reader =
        new ChunkReader(domain, Session.index(domain, head), SnapshotStore.PAGE_CACHE)) {
      for (Head.Root root : roots) {
        all.add(new SnapshotStore.Known(root, manifest(reader, root)));
      }
    }
    return all;
  }

  /** The one that is meant: see {@link SnapshotStore#find(String)}. */
  Head.Root pick(List<Head.Root> all, String text) throws ProviderException {
    if (text.equals(LATEST) && !all.isEmpty()) {
      return all.get(all.size() - 1);
    }
    List<Head.Root> found = IdOrName.meant(all, text, Head.Root::id, Head.Root::name);
    if (found.size() == 1) {
      return found.get(0);
    }
    throw found.isEmpty()
        ? new ProviderException(
            ErrorKind.NOT_FOUND,
            "Cannot find the snapshot "
                + text
                + " in "
                + domain
                + ": there are "
                + all.size()
                + " snapshots, none of that id or name. List them.")
        : new ProviderException(
            ErrorKind.INVALID,
            "Cannot tell which snapshot "
                + text
                + " is: "
                + found.stream().map(Head.Root::id).toList()
                + " fit. Name one by its id.");
  }

  /** What a root says of its snapshot. */
  static Manifest manifest(ChunkReader reader, Head.Root root) throws IOException {
    return Manifest.read(reader.read(root.chunk()), "the snapshot " + root.id());
  }

  /** The root of the snapshot or the catalog whose manifest a chunk is. */
  static Optional<Head.Root> inChunk(ChunkName name, byte[] bytes, int offset, int length) {
    try {
      Manifest manifest =
          Manifest.read(Arrays.copyOfRange(bytes, offset, offset + length), "a chunk");
      return Optional.of(root(manifest, name));
    } catch (ProviderException e) {
      return CatalogManifest.find(name, bytes, offset, length);
    }
  }

  /** The root of a snapshot. */
  static Head.Root root(Manifest manifest, ChunkName chunk) {
    return new Head.Root(
        SnapshotStore.KIND,
        manifest.name(),
        manifest.id(),
        manifest.time().toEpochMilli(),
        chunk,
        labels(manifest));
  }

  private static Map<String, String> labels(Manifest manifest) {
    Map<String, String> labels = new TreeMap<>();
    labels.put("source", manifest.source());
    labels.put("host", manifest.host());
    manifest.more().cut().ifPresent(cut -> labels.put("cut", cut.id()));
    if (!manifest.more().access().isEmpty()) {
      labels.put(RULED, "rules");
    }
    return labels;
  }
}
