// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.archive;

import io.kmesh.core.internal.repository.Domain;
import io.kmesh.core.internal.repository.bytes.ChunkName;
import io.kmesh.core.internal.repository.head.Head;
import io.kmesh.core.internal.repository.session.MetadataWriter;
import io.kmesh.core.internal.repository.session.Session;
import io.kmesh.core.internal.repository.tree.ChunkSource;
import io.kmesh.core.internal.repository.tree.Content;
import io.kmesh.core.internal.repository.tree.DirectoryEditor;
import io.kmesh.core.internal.repository.tree.Edit;
import io.kmesh.core.internal.snapshots.CatalogManifest;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Writes changed catalogs and publishes them on the head that they were made for. Thread-safe. */
final class CatalogWriter {
  private static final int TRIES = 1000;

  private final Domain domain;
  private final CatalogScope scope;
  private final ChunkSource pages;
  private final KmeshTime time;

  CatalogWriter(Domain domain, CatalogScope scope, ChunkSource pages, KmeshTime time) {
    this.domain = domain;
    this.scope = scope;
    this.pages = pages;
    this.time = time;
  }

  /** A catalog of a head, and what becomes of it. */
  private record Step(Optional<Head.Root> before, Head.Root after) {}

  /** Another changed a catalog first. */
  private static final class MovedException extends IOException {
    private static final long serialVersionUID = 1;

    MovedException() {
      super("another changed the catalog first");
    }
  }

  /**
   * Publishes a session's content together with catalogs that refer to it. Removals of what no
   * catalog has change nothing.
   *
   * @param metadata a writer of the session
   * @param edits of each catalog, from the first edit on at each call
   * @param isLast whether the session ends with it
   */
  void publish(
      Session session,
      MetadataWriter metadata,
      Map<String, Supplier<Edit.Source>> edits,
      boolean isLast)
      throws IOException {
    publish(session, metadata, edits, isLast, false);
  }

  /**
   * The same.
   *
   * @param isWhole whether all catalogs of the scope must be what they were when the edits were
   *     asked for, as these depend on them
   */
  void publish(
      Session session,
      MetadataWriter metadata,
      Map<String, Supplier<Edit.Source>> edits,
      boolean isLast,
      boolean isWhole)
      throws IOException {
    for (int tries = 1; tries <= TRIES; tries++) {
      Head head = domain.heads().newest();
      List<Step> steps;
      try {
        steps = steps(head, edits, metadata);
      } catch (ProviderException e) {
        boolean isGone = e.kind() == ErrorKind.NOT_FOUND || e.kind() == ErrorKind.CORRUPT;
        if (isGone && domain.heads().hasNewer(head)) {
          continue;
        }
        throw e;
      }
      metadata.flush();
      try {
        Head read = isWhole ? head : null;
        if (isLast) {
          session.publishAndEnd(h -> apply(h, steps, read));
        } else {
          session.publish(h -> apply(h, steps, read));
        }
        return;
      } catch (MovedException e) {
        // Once more, on its catalog.
      }
    }
    throw new ProviderException(
        ErrorKind.THROTTLED,
        "Cannot change the catalogs of "
            + scope
            + ": others changed them first, "
            + TRIES
            + " times. Try again.");
  }

  private Head apply(Head head, List<Step> steps, @Nullable Head read) throws MovedException {
    if (read != null && !catalogs(head).equals(catalogs(read))) {
      throw new MovedException();
    }
    Head next = head;
    for (Step step : steps) {
      if (!head.root(CatalogManifest.KIND, step.after().id()).equals(step.before())) {
        throw new MovedException();
      }
      next = next.withRoot(step.after());
    }
    return next;
  }

  private List<Head.Root> catalogs(Head head) {
    return head.roots().stream().filter(scope::has).toList();
  }

  private List<Step> steps(
      Head head, Map<String, Supplier<Edit.Source>> edits, MetadataWriter metadata)
      throws IOException {
    List<Step> steps = new ArrayList<>();
    for (Map.Entry<String, Supplier<Edit.Source>> entry : edits.entrySet()) {
      String id = entry.getKey();
      Optional<Head.Root> before = head.root(CatalogManifest.KIND, id);
      DirectoryEditor editor = new DirectoryEditor(pages, metadata);
      Content.Directory old =
          before.isPresent() ? entries(before.get()) : editor.create(() -> null);
      Content.Directory entries =
          before.isPresent()
              ? editor.apply(old, entry.getValue().get())
              : editor.create(entry.getValue().get());
      if (entries.equals(old)) {
        continue;
      }
      long now = time.now().toEpochMilli();
      CatalogManifest manifest =
          new CatalogManifest(
              id,
              scope.fileSystem(),
              scope.instance(),
              scope.archive(),
              before.map(root -> Math.max(now, root.time() + 1)).orElse(now),
              entries);
      byte[] bytes = manifest.write();
      ChunkName chunk = metadata.write(bytes, 0, bytes.length);
      steps.add(new Step(before, manifest.root(chunk)));
    }
    return steps;
  }

  private Content.Directory entries(Head.Root root) throws IOException {
    return CatalogManifest.read(pages.read(root.chunk()), "the catalog " + root.id()).entries();
  }
}
