// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import io.kmesh.core.internal.mirror.journal.DownloadRecord;
import io.kmesh.core.internal.mirror.journal.MirrorJournal;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import java.io.IOException;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The files that an import writes aside. With a journal, a large one that an earlier import left is
 * gone on with. Thread-safe.
 */
final class PartialFiles {
  private static final Set<OpenFlag> CREATE =
      Set.of(OpenFlag.READ, OpenFlag.WRITE, OpenFlag.CREATE, OpenFlag.EXCLUSIVE);
  private static final Set<OpenFlag> AGAIN = Set.of(OpenFlag.READ, OpenFlag.WRITE);

  private final TreeJournal journals;
  private final @Nullable MirrorJournal journal;

  /** Keys whose files stay for the next import. */
  private final Set<String> kept = ConcurrentHashMap.newKeySet();

  /**
   * The files of an import.
   *
   * @param journals remembers them, where it can
   */
  PartialFiles(TreeJournal journals) {
    this.journals = journals;
    this.journal = journals.orNull();
  }

  /**
   * Opens the file for an object.
   *
   * @param aside its name until it is whole
   * @param key the object's whole key
   * @param range the bytes of each request; what takes one alone is not remembered
   */
  PartialFile open(
      PosixDirectory parent, PathBytes aside, String key, String etag, Extents extents, int range)
      throws IOException {
    MirrorJournal remembered = extents.bodySize() <= range ? null : journals.forLargeFile();
    if (remembered == null) {
      return PartialFile.unremembered(create(parent, aside), extents);
    }
    Optional<PartialFile> again = again(remembered, parent, aside, key, etag, extents);
    if (again.isPresent()) {
      return again.get();
    }
    PosixFile made = create(parent, aside);
    try {
      DownloadRecord record = record(key, etag, extents, made.stat());
      return remembered.begin(record)
          ? PartialFile.remembered(made, extents, 0, remembered, record)
          : PartialFile.unremembered(made, extents);
    } catch (IOException | RuntimeException | Error e) {
      made.close();
      throw e;
    }
  }

  /** The file of an earlier import, if it is that file still, and the object the same. */
  private static Optional<PartialFile> again(
      MirrorJournal journal,
      PosixDirectory parent,
      PathBytes aside,
      String key,
      String etag,
      Extents extents)
      throws IOException {
    Optional<DownloadRecord> old = journal.download(key);
    if (old.isEmpty()) {
      return Optional.empty();
    }
    PosixFile file;
    try {
      // A pipe that somebody put there would be waited for.
      if (parent.find(aside).filter(FileStat::isRegular).isEmpty()) {
        return Optional.empty();
      }
      file = parent.openFile(aside, AGAIN);
    } catch (ProviderException e) {
      return Optional.empty(); // made anew, where that can be
    }
    try {
      FileStat stat = file.stat();
      if (stat.isRegular()
          && stat.links() == 1
          && old.get().isOf(record(key, etag, extents, stat))
          && journal.begin(old.get())) {
        return Optional.of(PartialFile.remembered(file, extents, stat.size(), journal, old.get()));
      }
    } catch (IOException | RuntimeException | Error e) {
      file.close();
      throw e;
    }
    file.close();
    return Optional.empty();
  }

  private static DownloadRecord record(String key, String etag, Extents extents, FileStat stat) {
    return new DownloadRecord(
        key,
        etag,
        extents.isPacked() ? extents.text() : "",
        extents.bodySize(),
        stat.device(),
        stat.inode(),
        new TreeMap<>());
  }

  /** Makes a file; what a process that ended left under its name goes. */
  private static PosixFile create(PosixDirectory parent, PathBytes name) throws IOException {
    try {
      return parent.openFile(name, CREATE);
    } catch (ProviderException e) {
      if (e.kind() != ErrorKind.EXISTS) {
        throw e;
      }
      drop(parent, name);
      return parent.openFile(name, CREATE);
    }
  }

  /** The file of an object has its name, or is not gone on with. */
  void done(String key) {
    if (journal != null) {
      journal.forgetDownload(key);
    }
  }

  /** After a failure: the file stays for the next import, or goes. */
  void failed(
      PosixDirectory parent, PathBytes aside, String key, PartialFile file, Exception failure) {
    if (file.staysAfter(failure)) {
      kept.add(key);
      return;
    }
    try {
      drop(parent, aside);
    } catch (IOException second) {
      failure.addSuppressed(second);
    }
    done(key);
  }

  /** Forgets the files of earlier imports that this one, which is whole, had no use for. */
  void forgetOthers() {
    if (journal != null) {
      journal.downloads().stream().filter(key -> !kept.contains(key)).forEach(this::done);
    }
  }

  private static void drop(PosixDirectory parent, PathBytes name) throws IOException {
    try {
      parent.unlink(name);
    } catch (ProviderException e) {
      if (e.kind() != ErrorKind.NOT_FOUND) {
        throw e;
      }
    }
  }
}
