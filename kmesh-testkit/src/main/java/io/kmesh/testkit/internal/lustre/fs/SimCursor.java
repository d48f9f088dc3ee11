// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.fs;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.DirectoryCursor;
import io.kmesh.spi.posix.DirectoryEntry;
import io.kmesh.spi.posix.PosixDirectory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/**
 * The entries of a directory of the simulated file system, with a backing handle of its own. One
 * thread at a time.
 */
final class SimCursor implements DirectoryCursor {
  private final PosixDirectory host;
  private final DirectoryCursor names;

  SimCursor(PosixDirectory host) throws IOException {
    this.host = host;
    boolean opened = false;
    try {
      this.names = host.entries();
      opened = true;
    } finally {
      if (!opened) {
        host.close();
      }
    }
  }

  @Override
  public List<DirectoryEntry> next() throws IOException {
    while (true) {
      List<DirectoryEntry> batch = names.next();
      List<DirectoryEntry> entries = new ArrayList<>(batch.size());
      for (DirectoryEntry stored : batch) {
        EntryText text = read(stored.name());
        if (text != null) {
          entries.add(new DirectoryEntry(stored.name(), Fids.inodeNumber(text.fid()), text.type()));
        }
      }
      if (!entries.isEmpty() || batch.isEmpty()) {
        return entries;
      }
    }
  }

  /** What a name holds; null when it was removed meanwhile. */
  private @org.jspecify.annotations.Nullable EntryText read(PathBytes name) throws IOException {
    try {
      EntryText text = EntryText.parse(host.readSymlink(name));
      if (text == null) {
        throw Failures.corrupt("the entry " + name, "it names no FID");
      }
      return text;
    } catch (ProviderException e) {
      Backing.ignore(e, Errno.ENOENT);
      return null;
    }
  }

  @Override
  public void close() {
    names.close();
    try {
      host.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
