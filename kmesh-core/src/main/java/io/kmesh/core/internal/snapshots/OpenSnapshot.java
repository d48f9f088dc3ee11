// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots;

import io.kmesh.core.internal.repository.ChunkReader;
import io.kmesh.core.internal.repository.Domain;
import io.kmesh.core.internal.repository.tree.Content;
import io.kmesh.core.internal.repository.tree.DirectoryReader;
import io.kmesh.core.internal.repository.tree.TreeNode;
import io.kmesh.core.internal.snapshots.archive.CatalogContents;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.util.Optional;

/** A snapshot that is read. Thread-safe. */
public final class OpenSnapshot implements AutoCloseable {
  private final Domain domain;
  private final String session;
  private final ChunkReader reader;
  private final Manifest manifest;
  private final boolean isPart;
  private final KmeshTime time;
  private final String host;
  private final int workers;

  OpenSnapshot(
      Domain domain,
      String session,
      ChunkReader reader,
      Manifest manifest,
      boolean isPart,
      KmeshTime time,
      String host,
      int workers) {
    this.domain = domain;
    this.session = session;
    this.reader = reader;
    this.manifest = manifest;
    this.isPart = isPart;
    this.time = time;
    this.host = host;
    this.workers = workers;
  }

  /** Whether it is open for a caller who may not see all of it. */
  public boolean isPart() {
    return isPart;
  }

  /** The session in the head that keeps it readable while it is open. */
  public String session() {
    return session;
  }

  /** What it is. */
  public Manifest manifest() {
    return manifest;
  }

  /** Its chunks. */
  public ChunkReader chunks() {
    return reader;
  }

  /**
   * The entry at a path; the top for the empty one.
   *
   * @throws ProviderException NOT_FOUND when there is none
   */
  public TreeNode at(PathBytes path) throws IOException {
    TreeNode node = manifest.root();
    for (PathBytes name : path.names()) {
      Optional<TreeNode> next =
          node.content() instanceof Content.Directory directory
              ? DirectoryReader.find(reader, directory, name)
              : Optional.empty();
      node =
          next.orElseThrow(
              () ->
                  new ProviderException(
                      ErrorKind.NOT_FOUND,
                      "Cannot find " + path + ": the snapshot has no such entry. List it."));
    }
    return node;
  }

  /** Restores what is at a path of it to a tree, without what only a Lustre has. */
  public void restore(
      PathBytes path,
      PosixTree target,
      TreeRestore.Overwrite overwrite,
      ScanTally tally,
      Retrier.Check check)
      throws IOException {
    restore(path, RestoreTarget.of(target), overwrite, tally, check);
  }

  /** Restores what is at a path of it. */
  public void restore(
      PathBytes path,
      RestoreTarget target,
      TreeRestore.Overwrite overwrite,
      ScanTally tally,
      Retrier.Check check)
      throws IOException {
    try (ArchivedContents contents = new CatalogContents(domain, time, host)) {
      new TreeRestore(reader, target, contents, overwrite, tally, check)
          .run(at(path), path, workers);
    }
  }

  /** Lets what only this reader kept go. */
  @Override
  public void close() throws IOException {
    reader.close();
    domain.heads().commit(h -> h.session(session).isEmpty() ? h : h.withoutSession(session));
  }
}
