// SPDX-License-Identifier: Apache-2.0
package io.kmesh.engine;

import io.kmesh.core.internal.transfer.TreeCopier;
import io.kmesh.core.internal.transfer.TreeCopySettings;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * Copies a tree with everything that it carries: bytes, holes, types, modes, owners, times,
 * extended attributes, hard links. What cannot be read or written is named in the report and the
 * rest goes on. Repeating a copy continues it: entries that are there with the same type, size and
 * modification time are not copied again; where owner or mode differ, all attributes are.
 *
 * <p>After its process was killed, a repeated copy ends like one that was never interrupted. After
 * the machine crashed, only a {@link #durable} one does.
 */
public final class TreeCopy {
  private final TreeCopySettings settings;

  private TreeCopy(TreeCopySettings settings) {
    this.settings = settings;
  }

  /** A copy of the directory at a path of a tree; the empty path for all of it. */
  public static TreeCopy from(PosixTree tree, PathBytes path) {
    return new TreeCopy(new TreeCopySettings(tree, path));
  }

  /** Where to: a directory that is made when it is not there; its parent must be. */
  public TreeCopy to(PosixTree tree, PathBytes path) {
    settings.target(tree, path);
    return this;
  }

  /** The number of threads; default 2. Their names are {@code kmesh-transfer-N}. */
  public TreeCopy threads(int count) {
    settings.threads(count);
    return this;
  }

  /** Asked before a regular file is read, so that no released file is restored by accident. */
  public TreeCopy readable(ReadGate gate) {
    settings.gate(gate);
    return this;
  }

  /** How often a file that changes while it is read is read again; default 3 times. */
  public TreeCopy rereads(int count) {
    settings.rereads(count);
    return this;
  }

  /** The extended attributes to leave out, besides those of Lustre and of Kmesh. */
  public TreeCopy withoutXattrs(java.util.function.Predicate<PathBytes> names) {
    settings.withoutXattrs(names);
    return this;
  }

  /** The memory that it may use for content; default 16 MiB. */
  public TreeCopy buffers(DataSize size) {
    settings.buffers(size);
    return this;
  }

  /**
   * Files larger than this are copied by several threads at once, in ranges of this; default 16
   * MiB.
   */
  public TreeCopy ranges(DataSize size) {
    settings.ranges(size);
    return this;
  }

  /**
   * Makes everything durable before it returns; without it the operating system does in its time.
   */
  public TreeCopy durable() {
    settings.durable();
    return this;
  }

  /** Counts the source first, so that progress knows the whole. */
  public TreeCopy countFirst() {
    settings.countFirst();
    return this;
  }

  /** Hears of progress, from the copying threads, about every thousand entries or 64 MiB. */
  public TreeCopy onProgress(Consumer<Progress> listener) {
    settings.onProgress(listener);
    return this;
  }

  /** Asked often; once true the copy stops with CANCELLED and what is there stays. */
  public TreeCopy cancelWhen(BooleanSupplier cancelled) {
    settings.cancelWhen(cancelled);
    return this;
  }

  /**
   * Copies, and returns when all is done.
   *
   * @throws io.kmesh.spi.ProviderException when the source's or target's root can't be opened, when
   *     the target is full (NO_SPACE), or CANCELLED
   */
  public TreeCopyReport run() throws IOException {
    return new TreeCopier(settings).run();
  }

  /** Says whether a regular file may be read. */
  @FunctionalInterface
  public interface ReadGate {
    /**
     * Whether to read it. Only ask what restores nothing.
     *
     * @param directory the open directory that holds it
     * @param name its name
     * @param stat its stat
     */
    boolean mayRead(PosixDirectory directory, PathBytes name, FileStat stat) throws IOException;
  }

  /**
   * How far a copy is.
   *
   * @param entries entries done
   * @param bytes bytes of content done, equal files included
   * @param totalEntries all entries, or -1 when not counted
   * @param totalBytes all bytes of content, or -1 when not counted
   */
  public record Progress(long entries, long bytes, long totalEntries, long totalBytes) {}
}
