// SPDX-License-Identifier: Apache-2.0
package io.kmesh.engine;

import io.kmesh.core.internal.mirror.MirrorSettings;
import io.kmesh.core.internal.mirror.TreeExport;
import io.kmesh.core.internal.mirror.TreeImport;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.observe.Observer;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.time.KmeshTime;
import io.kmesh.unit.DataSize;
import java.io.IOException;

/**
 * Whole trees in the mirror form: every entry with all that it carries, out of a tree and back into
 * one. Repeating either continues it. A prefix that holds exported trees is no prefix of a {@link
 * MirrorArchive}.
 */
public final class MirrorTree {
  private final MirrorSettings settings;
  private TreeCopy.ReadGate gate = (directory, name, stat) -> true;

  private MirrorTree(MirrorSettings settings) {
    this.settings = settings;
  }

  /** A mirror of trees in a store. */
  public static MirrorTree in(ObjectStore store, KmeshTime time) {
    return new MirrorTree(MirrorSettings.withoutState(store, time));
  }

  /** Everything lies below this prefix; empty (the default) or ending in a slash. */
  public MirrorTree prefix(String prefix) {
    settings.prefix(prefix);
    return this;
  }

  /** The memory for content; default 128 MiB. */
  public MirrorTree budget(ByteBudget budget) {
    settings.budget(budget);
    return this;
  }

  /** The parts of large files, and the size above which a file is large; default 8 MiB. */
  public MirrorTree partSize(DataSize size) {
    settings.partSize(size);
    return this;
  }

  /** How retryable failures of the store are tried again. */
  public MirrorTree retry(RetryPolicy policy) {
    settings.retry(policy);
    return this;
  }

  /** Who hears of retries. */
  public MirrorTree observer(Observer observer) {
    settings.observer(observer);
    return this;
  }

  /** Asked before a regular file is read, so that no released file is restored by accident. */
  public MirrorTree readable(TreeCopy.ReadGate readGate) {
    gate = readGate;
    return this;
  }

  /**
   * Stores the directory at a path and all below it. Objects of entries that are gone stay; objects
   * that are not Kmesh's are never overwritten: the entry is reported.
   */
  public MirrorTreeReport export(PosixTree tree, PathBytes path) throws IOException {
    return new TreeExport(settings, gate, tree, path).run();
  }

  /**
   * Writes everything below the prefix into the directory at a path, which must exist. Every
   * content is verified before it gets its name; a key that leads out of the directory is refused
   * and reported.
   */
  public MirrorTreeReport importTo(PosixTree tree, PathBytes path) throws IOException {
    return new TreeImport(settings, tree, path).run();
  }
}
