// SPDX-License-Identifier: Apache-2.0
package io.kmesh.engine;

import io.kmesh.core.internal.mirror.MirrorSettings;
import io.kmesh.core.internal.mirror.TreeExport;
import io.kmesh.core.internal.mirror.TreeImport;
import io.kmesh.core.internal.mirror.TreeOptions;
import io.kmesh.core.internal.mirror.TreePlan;
import io.kmesh.core.internal.mirror.TreeVerify;
import io.kmesh.core.internal.transfer.CancelScope;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.observe.Observer;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.time.KmeshTime;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * Whole trees in the mirror form: every entry with all that it carries, out of a tree and back into
 * one. Repeating either continues it. A prefix that holds exported trees is no prefix of a {@link
 * MirrorArchive}.
 */
public final class MirrorTree {
  private final TreeOptions options = new TreeOptions();
  private final MirrorSettings settings;

  private MirrorTree(ObjectStore store, KmeshTime time) {
    ObjectStore paced = StorePace.DEFAULT.over(store, time, Observer.NONE);
    CancelScope scope = new CancelScope(time, options::isCancelled);
    this.settings = MirrorSettings.withoutState(StorePace.endingWith(paced, scope), time);
    settings.budgetSeenThrough(scope::over);
  }

  /**
   * A mirror of trees in a store, at a pace of its own unless the store has one: give all that use
   * a store the same view of {@link StorePace#over}.
   */
  public static MirrorTree in(ObjectStore store, KmeshTime time) {
    return new MirrorTree(store, time);
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

  /**
   * The number of threads, so the most requests at a time; default 16. How many of them are under
   * way the store's pace decides. Their names are {@code kmesh-transfer-mirror-N}.
   */
  public MirrorTree threads(int count) {
    options.threads(count);
    return this;
  }

  /** Asked before a regular file is read, so that no released file is restored by accident. */
  public MirrorTree readable(TreeCopy.ReadGate readGate) {
    options.gate(readGate);
    return this;
  }

  /** How often a file that changes while it is exported is read again; default 3 times. */
  public MirrorTree rereads(int count) {
    options.rereads(count);
    return this;
  }

  /**
   * An export removes the objects of entries that are gone, at its end. What can't be asked for, as
   * in a directory that may not be read, is not gone; objects that are not Kmesh's stay.
   */
  public MirrorTree removeGone() {
    options.removeGone();
    return this;
  }

  /**
   * An import brings objects too that Kmesh did not write, with the attributes that their metadata
   * says in any {@link MirrorDialect}; their keys are paths as they are. What could not be read,
   * and where dialects disagree, is in the report's notes. suid and sgid are never taken from them.
   * Without it each is a failure.
   */
  public MirrorTree foreign() {
    options.bringForeign();
    return this;
  }

  /**
   * An export is for the readers of a dialect too: each object says the entry's attributes in the
   * dialect's words beside Kmesh's own, files with holes are stored whole, and each name of a file
   * with several has its bytes. An import makes the same tree of it as of any other export. What
   * the dialect does not carry is in the report's notes, by entry, and at their beginning in sum.
   * Objects of an earlier export in other words, or in none, are rewritten; where the bytes are
   * those already, by a copy at the store.
   *
   * @throws IllegalArgumentException for a dialect that is only read
   */
  public MirrorTree dialect(MirrorDialect dialect) {
    options.dialect(dialect);
    return this;
  }

  /**
   * What is done where an export finds an object that is not what an earlier export of the entry
   * left, or an import an entry that was changed since; default {@link MirrorConflict#FAIL}. Each
   * such entry is in the report.
   */
  public MirrorTree conflicts(MirrorConflict policy) {
    options.conflicts(policy);
    return this;
  }

  /**
   * What an import verifies the contents of large files by; default {@link MirrorChecksum#CRC32C}.
   * Other files, and those whose objects say none, are verified by SHA-256 in any case.
   */
  public MirrorTree checksum(MirrorChecksum kind) {
    options.checksum(kind);
    return this;
  }

  /**
   * An export looks first which objects are of entries that are gone. A file of 128 KiB or more
   * that has no object, and the size, time and SHA-256 of one of these, is read here but not sent:
   * the store copies that object. With {@link #removeGone} that moves files and directories that
   * were renamed. It costs a listing, and a request for each such object that is gone.
   */
  public MirrorTree findMoved() {
    options.findMoved();
    return this;
  }

  /**
   * Entries are refused, each by name, whose name in their directory is another one's where case or
   * Unicode's form does not count, as on Windows and macOS: both of the two, and all that is below
   * them. An import into such a tree does so without being asked: one would overwrite the other. An
   * export lists each directory once more for it; an import lists the prefix once more for each
   * 250,000 objects.
   */
  public MirrorTree portableNames() {
    options.portableNames();
    return this;
  }

  /**
   * An import makes everything durable before it returns: a repeated one goes on after a crash of
   * the machine. Without it only after one of the process.
   */
  public MirrorTree durable() {
    options.durable();
    return this;
  }

  /**
   * Remembers large files under way in a folder of this machine, which is made where it is missing:
   * an export, or an import, that ended anywhere goes on in the middle of such a file when it is
   * repeated, if neither the file nor the object changed. Without it each begins anew. The folder
   * may be that of others too; docs/format/mirror-journal.md has its form.
   */
  public MirrorTree journal(Path folder) {
    options.journal(folder);
    return this;
  }

  /**
   * Keeps in a folder what the store says of the objects below the prefix, so that a pass where
   * nothing changed lists them and asks for none. What is kept counts only for an object that the
   * listing shows with the same size, ETag and time; what differs from the tree is asked for before
   * anything is done, so this never decides what is written. What an export sent itself counts for
   * the next export, and not for an import or {@link #verify}. What can't be used, is damaged or
   * belongs to another store is left aside, with a note in the report, and the store is asked.
   *
   * <p>It takes some 500 bytes of disk an object, and 15 MiB of memory however many there are. The
   * folder may serve all stores and prefixes, but of two stores with the same {@link
   * ObjectStore#uri} (buckets of one name in two places) each needs one of its own. Of several
   * passes over one prefix at a time, in this process or in others, one uses it, and the rest go
   * without. It may be removed at any time.
   *
   * <p>A store whose listings have metadata needs none: these are used, in any case.
   */
  public MirrorTree cache(Path folder) {
    options.cache(folder);
    return this;
  }

  /** A comparison reads the bytes of the objects too, and not only their checksums. */
  public MirrorTree deep() {
    options.deep();
    return this;
  }

  /**
   * Counts what there is, by one of the threads beside the others, so that progress knows the whole
   * once that is done: one more walk over the tree, or one more listing of the store.
   */
  public MirrorTree countFirst() {
    options.countFirst();
    return this;
  }

  /** Hears of progress, from any thread, about every thousand entries or 4 MiB. */
  public MirrorTree onProgress(Consumer<TreeCopy.Progress> listener) {
    options.onProgress(listener);
    return this;
  }

  /**
   * Hears what becomes of each entry, when it is so: from the threads of the work, several at once.
   * What the listener throws ends the work.
   */
  public MirrorTree onOutcome(Consumer<MirrorOutcome> listener) {
    options.onOutcome(listener);
    return this;
  }

  /**
   * Asked often; once true the work stops with CANCELLED and what is there stays. Calls that the
   * store has not answered yet are not waited for; memory that one of them may still read is given
   * back to the budget once it has ended.
   */
  public MirrorTree cancelWhen(BooleanSupplier cancelled) {
    options.cancelWhen(cancelled);
    return this;
  }

  /**
   * Stores the directory at a path and all below it. Only what is not there already with the same
   * size and attributes is sent. Objects of entries that are gone stay, unless {@link #removeGone}
   * was asked; objects that are not Kmesh's, or were changed since, are overwritten only when
   * {@link #conflicts} says so: the entry is reported.
   *
   * @throws io.kmesh.spi.ProviderException when the directory can't be opened, when the store is
   *     full (NO_SPACE) or lacks what a mirror needs (UNSUPPORTED), or CANCELLED
   */
  public MirrorTreeReport export(PosixTree tree, PathBytes path) throws IOException {
    return new TreeExport(settings, options, tree, path).run();
  }

  /**
   * Writes everything below the prefix into the directory at a path, which must exist. Every
   * content is verified before it gets its name; a key that leads out of the directory is refused
   * and reported. Files that are there with the same size and modification time are not read again;
   * others that are no older than their object are overwritten only when {@link #conflicts} says
   * so.
   *
   * @throws io.kmesh.spi.ProviderException when the directory can't be opened, when the tree is
   *     full (NO_SPACE), or CANCELLED
   */
  public MirrorTreeReport importTo(PosixTree tree, PathBytes path) throws IOException {
    return new TreeImport(settings, options, tree, path).run();
  }

  /**
   * Compares the directory at a path and all below it with what is stored, and changes neither:
   * names, types, permissions, owners, times of modification, extended attributes, hard links, and
   * contents by the checksums that the objects carry. With {@link #foreign} the objects of others
   * are compared with what they say. The memory that it takes does not grow with the tree, but for
   * files of several names.
   *
   * @throws io.kmesh.spi.ProviderException when the directory can't be opened, when the store can't
   *     be listed, or CANCELLED
   */
  public MirrorComparison verify(PosixTree tree, PathBytes path) throws IOException {
    return new TreeVerify(settings, options, tree, path).run();
  }

  /**
   * What {@link #export} would do now, and with how many requests; nothing is changed, and no
   * content is read. Outcomes are told as if it were done.
   *
   * @throws io.kmesh.spi.ProviderException as {@link #export} does
   */
  public MirrorPlan planExport(PosixTree tree, PathBytes path) throws IOException {
    return new TreePlan(settings, options).export(tree, path);
  }

  /**
   * What {@link #importTo} would do now, and with how many requests; nothing is changed, and no
   * content is read. Outcomes are told as if it were done. Where names of one file are other files
   * now, some of them may turn out as equal.
   *
   * @throws io.kmesh.spi.ProviderException as {@link #importTo} does
   */
  public MirrorPlan planImport(PosixTree tree, PathBytes path) throws IOException {
    return new TreePlan(settings, options).importTo(tree, path);
  }
}
