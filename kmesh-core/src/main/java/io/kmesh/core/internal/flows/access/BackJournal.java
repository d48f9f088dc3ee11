// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.access;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.DirectoryCursor;
import io.kmesh.spi.posix.DirectoryEntry;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixCapability;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.posix.RenameMode;
import io.kmesh.spi.posix.SyncMode;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What waits to be written back, durably: docs/format/flow-writeback.md. An edit is in it when
 * {@link #add} returned, until {@link #done}. Thread-safe.
 */
final class BackJournal implements Closeable {
  private static final Logger LOG = LoggerFactory.getLogger(BackJournal.class);
  private static final PathBytes LOG_NAME = PathBytes.of("log");
  private static final PathBytes NEW_LOG = PathBytes.of("log.new");
  private static final String EDIT = "edit-";
  private static final String LOST = "lost-";
  private static final SecureRandom RANDOM = new SecureRandom();

  /** Conflicts that are remembered; the oldest go. */
  private static final int MOST_CONFLICTS = 10_000;

  /** A log above it is written anew when most of it is of no use. */
  private static final long SMALL = 1 << 20;

  private static final int BYTES_OF_EDIT = 256;

  private final PosixTree tree;
  private final boolean syncs;
  private final Drafts drafts;
  private final NavigableMap<Long, BackLog.Edit> waiting = new TreeMap<>();
  private final Map<Long, BackLog.Done> conflicts = new LinkedHashMap<>();
  private PosixFile log;
  private long journal;
  private long end;
  private long given;

  private @Nullable IOException broken;

  private BackJournal(PosixTree tree) throws IOException {
    this.tree = tree;
    this.syncs = tree.capabilities().contains(PosixCapability.SYNC);
    try (PosixDirectory root = tree.openRoot()) {
      if (root.find(LOG_NAME).isEmpty()) {
        journal = RANDOM.nextLong();
        writeAnew(root);
      }
    }
    this.log = openLog();
    try {
      boolean isTorn = replay();
      sweep(isTorn);
      this.drafts = new Drafts(tree);
      if (isTorn || end > SMALL) {
        compact();
      }
    } catch (IOException | RuntimeException e) {
      log.close();
      throw e;
    }
  }

  /**
   * Opens a journal, or begins one.
   *
   * @param tree its folder
   * @throws ProviderException CORRUPT or UNSUPPORTED when it can't be read
   */
  static BackJournal open(PosixTree tree) throws IOException {
    return new BackJournal(tree);
  }

  private PosixFile openLog() throws IOException {
    return tree.openFile(LOG_NAME, Set.of(OpenFlag.READ, OpenFlag.WRITE));
  }

  private static PathBytes name(long number) {
    return PathBytes.of(EDIT + Long.toHexString(number));
  }

  /**
   * Reads the log.
   *
   * @return whether something that is no frame is behind its last one
   */
  private boolean replay() throws IOException {
    long size = log.stat().size();
    if (size > Integer.MAX_VALUE) {
      throw new ProviderException(
          ErrorKind.CORRUPT, "Cannot open the journal of what waits to be written back: too long.");
    }
    byte[] bytes = new byte[(int) size];
    ByteBuffer target = ByteBuffer.wrap(bytes);
    while (target.hasRemaining() && log.read(target, target.position()) > 0) {
      // On.
    }
    journal = BackLog.journal(bytes, target.position());
    int at = BackLog.HEAD;
    for (BackLog.Entry entry = BackLog.entry(bytes, at, bytes.length);
        entry != null;
        entry = BackLog.entry(bytes, at, bytes.length)) {
      apply(entry);
      at += BackLog.length(bytes, at);
    }
    end = at;
    return at < bytes.length;
  }

  private void apply(BackLog.Entry entry) {
    given = Math.max(given, entry.number());
    if (entry instanceof BackLog.Edit edit) {
      waiting.put(edit.number(), edit);
      waiting.remove(edit.replaced());
    } else if (entry instanceof BackLog.Done done) {
      waiting.remove(done.number());
      if (!done.kept().isEmpty()) {
        conflicts.put(done.number(), done);
        if (conflicts.size() > MOST_CONFLICTS) {
          conflicts.remove(conflicts.keySet().iterator().next());
        }
      }
    } else if (entry instanceof BackLog.Resolved) {
      conflicts.remove(entry.number());
    }
  }

  /** Removes files that nobody waits for; where the log is damaged one may be needed. */
  private void sweep(boolean isTorn) throws IOException {
    try (PosixDirectory root = tree.openRoot()) {
      List<String> names = new ArrayList<>();
      try (DirectoryCursor entries = root.entries()) {
        for (List<DirectoryEntry> some = entries.next(); !some.isEmpty(); some = entries.next()) {
          some.forEach(entry -> names.add(entry.name().toString()));
        }
      }
      for (String name : names) {
        if (name.startsWith(EDIT)
            && !waiting.containsKey(Long.parseUnsignedLong(name.substring(EDIT.length()), 16))) {
          if (isTorn) {
            LOG.warn("The end of a journal is damaged; {} may be of it, and is kept.", name);
            root.rename(
                PathBytes.of(name),
                root,
                PathBytes.of(LOST + name.substring(EDIT.length())),
                RenameMode.REPLACE);
          } else {
            root.unlink(PathBytes.of(name));
          }
        }
      }
    }
  }

  private void writeAnew(PosixDirectory root) throws IOException {
    List<BackLog.Entry> all = new ArrayList<>();
    all.add(new BackLog.Given(given));
    all.addAll(conflicts.values());
    all.addAll(waiting.values());
    try (PosixFile file =
        tree.openFile(
            NEW_LOG, Set.of(OpenFlag.READ, OpenFlag.WRITE, OpenFlag.CREATE, OpenFlag.TRUNCATE))) {
      byte[] head = BackLog.head(journal);
      file.write(ByteBuffer.wrap(head), 0);
      long at = head.length;
      for (BackLog.Entry entry : all) {
        byte[] frame = BackLog.frame(entry);
        file.write(ByteBuffer.wrap(frame), at);
        at += frame.length;
      }
      if (syncs) {
        file.sync(SyncMode.ALL);
      }
      root.rename(NEW_LOG, root, LOG_NAME, RenameMode.REPLACE);
      sync(root);
      end = at;
    }
  }

  private void compact() throws IOException {
    try (PosixDirectory root = tree.openRoot()) {
      writeAnew(root);
    }
    PosixFile old = log;
    log = openLog();
    old.close();
  }

  private void sync(PosixDirectory directory) throws IOException {
    if (syncs) {
      directory.sync(SyncMode.ALL);
    }
  }

  private void requireWhole() throws IOException {
    if (broken != null) {
      throw new ProviderException(
          ErrorKind.TRANSIENT,
          "Cannot write: the journal of what waits to be written back failed. Stop the flow, look"
              + " at its target's disk, and start it again. "
              + broken.getMessage(),
          broken);
    }
  }

  /** Appends entries durably; none of them is there when they could not be written. */
  private void append(List<? extends BackLog.Entry> entries) throws IOException {
    requireWhole();
    long at = end;
    try {
      for (BackLog.Entry entry : entries) {
        byte[] frame = BackLog.frame(entry);
        log.write(ByteBuffer.wrap(frame), at);
        at += frame.length;
      }
    } catch (IOException e) {
      log.truncate(end);
      throw e;
    }
    try {
      if (syncs) {
        log.sync(SyncMode.ALL);
      }
    } catch (IOException e) {
      broken = e; // what of it is durable is known when it is opened anew
      throw e;
    }
    end = at;
  }

  /** The id by which sources know it. */
  synchronized long id() {
    return journal;
  }

  /** What waits, in its order. */
  synchronized List<BackLog.Edit> waiting() {
    return List.copyOf(waiting.values());
  }

  /** What was put beside something, the oldest first. */
  synchronized Collection<BackLog.Done> conflicts() {
    return List.copyOf(conflicts.values());
  }

  /** Where files are written. */
  Drafts drafts() {
    return drafts;
  }

  /** Edits before it ended durably. */
  synchronized long settled() {
    return waiting.isEmpty() ? given + 1 : waiting.firstKey();
  }

  /**
   * Keeps an edit; when this returns it is durable.
   *
   * @param unnumbered it, whose number does not count
   * @param draft its bytes, which are the journal's from now on
   * @return it with its number
   * @throws IOException when it is not kept, or when that is not known: nothing is kept then until
   *     the next opening
   */
  BackLog.Edit add(BackLog.Edit unnumbered, Drafts.Draft draft) throws IOException {
    if (syncs) {
      draft.file().sync(SyncMode.ALL);
    }
    synchronized (this) {
      BackLog.Edit edit = unnumbered.numbered(given + 1);
      keep(edit, draft);
      return edit;
    }
  }

  private void keep(BackLog.Edit edit, Drafts.Draft draft) throws IOException {
    requireWhole();
    try (PosixDirectory root = tree.openRoot()) {
      draft.keep(root, name(edit.number()));
      sync(root);
    }
    try {
      append(List.of(edit));
    } catch (IOException e) {
      if (broken == null) {
        remove(edit.number());
      }
      throw e;
    }
    apply(edit);
    if (edit.replaced() != 0) {
      remove(edit.replaced());
    }
  }

  /** Ends edits durably; their files go then. */
  synchronized void done(List<BackLog.Done> all) throws IOException {
    append(all);
    for (BackLog.Done done : all) {
      apply(done);
      remove(done.number());
    }
    if (end > SMALL && end > 4L * BYTES_OF_EDIT * (waiting.size() + conflicts.size())) {
      compact();
    }
  }

  /** Has a conflict not listed any more, durably. */
  synchronized void resolved(long number) throws IOException {
    append(List.of(new BackLog.Resolved(number)));
    conflicts.remove(number);
  }

  private void remove(long number) {
    try (PosixDirectory root = tree.openRoot()) {
      root.unlink(name(number));
    } catch (IOException e) {
      LOG.warn("A file that was written back stays until the next start: {}", e.getMessage());
    }
  }

  /**
   * The bytes of an edit; the caller closes them.
   *
   * @throws ProviderException NOT_FOUND when it ended
   */
  PosixFile bytes(long number) throws IOException {
    return tree.openFile(name(number), Set.of(OpenFlag.READ));
  }

  @Override
  public synchronized void close() throws IOException {
    log.close();
  }
}
