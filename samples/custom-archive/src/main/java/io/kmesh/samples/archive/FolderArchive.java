// SPDX-License-Identifier: Apache-2.0
package io.kmesh.samples.archive;

import io.kmesh.lustre.Fid;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.archive.ArchiveAction;
import io.kmesh.spi.archive.ArchivedObject;
import io.kmesh.spi.archive.Archiver;
import io.kmesh.spi.archive.ContentDigest;
import io.kmesh.spi.archive.PendingArchive;
import io.kmesh.spi.archive.RemoveAction;
import io.kmesh.spi.archive.Remover;
import io.kmesh.spi.archive.RestoreAction;
import io.kmesh.spi.archive.Restorer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** A site's own archive: one file a FID in a folder of, say, a tape system's disk cache. */
public final class FolderArchive implements Archiver, Restorer, Remover {
  private final Path folder;

  /** An archive in an existing folder. */
  public FolderArchive(Path folder) {
    this.folder = folder;
  }

  @Override
  public PendingArchive archive(ArchiveAction action) throws IOException {
    Path whole = path(action.fid());
    Path draft = whole.resolveSibling(whole.getFileName() + ".draft");
    ContentDigest digest;
    try (FileChannel channel =
            FileChannel.open(
                draft,
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.WRITE);
        OutputStream out = Channels.newOutputStream(channel)) {
      digest = action.transferTo(out);
      channel.force(true);
    }
    return new Draft(draft, whole, digest);
  }

  @Override
  public void restore(RestoreAction action) throws IOException {
    try (InputStream in = Files.newInputStream(path(action.fid()))) {
      action.transferFrom(in);
    } catch (NoSuchFileException e) {
      throw missing(action.fid(), "restore");
    }
  }

  @Override
  public void remove(RemoveAction action) throws IOException {
    if (!Files.deleteIfExists(path(action.fid()))) {
      throw missing(action.fid(), "remove");
    }
    sync();
  }

  private Path path(Fid fid) {
    return folder.resolve(fid.toString().replaceAll("[\\[\\]]", "").replace(':', '-'));
  }

  private void sync() throws IOException {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  private ProviderException missing(Fid fid, String verb) {
    return new ProviderException(
        ErrorKind.NOT_FOUND,
        "Cannot " + verb + " " + fid + ": " + folder + " has no copy of it. Look in its backup.");
  }

  /** A durable copy under a name that no restore reads. */
  private final class Draft implements PendingArchive {
    private final Path draft;
    private final Path whole;
    private final ContentDigest digest;

    Draft(Path draft, Path whole, ContentDigest digest) {
      this.draft = draft;
      this.whole = whole;
      this.digest = digest;
    }

    @Override
    public ArchivedObject commit() throws IOException {
      Files.move(draft, whole, StandardCopyOption.ATOMIC_MOVE);
      sync();
      return new ArchivedObject(
          whole.getFileName().toString(), "", digest.size(), digest.sha256());
    }

    @Override
    public void close() throws IOException {
      Files.deleteIfExists(draft);
    }
  }
}
