// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.fs;

import io.kmesh.core.internal.nio.Facts;
import io.kmesh.core.internal.nio.Volume;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.posix.PosixCapability;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixTree;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.EnumSet;
import java.util.Set;

/**
 * A volume as a tree that can be read. Its inode numbers are not those that files had where they
 * came from, which may have been given to others while a snapshot was taken, or be of several
 * devices: they are hashes of what the volume knows files by, so that they are the same in another
 * process and nobody who makes files can choose them. There is no time of access: it is that of the
 * modification. Thread-safe.
 */
final class VolumeTree implements PosixTree {
  private static final int BLOCK = 512;

  private final String description;
  private final Volume volume;
  private final byte[] seed;

  /**
   * A tree.
   *
   * @param description for people
   * @param volume closed with it
   * @param seed random, and the same for the same volume
   */
  VolumeTree(String description, Volume volume, String seed) {
    this.description = description;
    this.volume = volume;
    this.seed = seed.getBytes(StandardCharsets.UTF_8);
  }

  Volume volume() {
    return volume;
  }

  @Override
  public String description() {
    return description;
  }

  @Override
  public Set<PosixCapability> capabilities() {
    return EnumSet.complementOf(
        EnumSet.of(
            PosixCapability.SYNC,
            PosixCapability.TREE_SYNC,
            PosixCapability.ALLOCATE,
            PosixCapability.RENAME_MODES));
  }

  @Override
  public PosixDirectory openRoot() throws IOException {
    return new VolumeDirectory(this, volume.root(), PathBytes.EMPTY);
  }

  /** What stat says of an entry. */
  FileStat stat(Volume.Node node) throws IOException {
    Facts facts = volume.facts(node);
    boolean isFile = facts.type() == FileType.REGULAR;
    long allocated = isFile ? volume.allocated(node) : 0;
    // One that is not full must show that it has holes, also when these are short.
    long blocks = allocated < facts.size() ? allocated / BLOCK : (allocated + BLOCK - 1) / BLOCK;
    ByteBuffer identity = identity(facts);
    long inode = identity.getLong();
    return new FileStat(
        facts.type(),
        facts.mode(),
        facts.uid(),
        facts.gid(),
        facts.size(),
        blocks,
        facts.links(),
        inode,
        facts.isDirectory() ? 0 : identity.getLong(), // else it would look like another mount
        facts.rdev(),
        facts.mtime(),
        facts.mtime(),
        facts.ctime());
  }

  private ByteBuffer identity(Facts facts) {
    MessageDigest hash = sha256();
    hash.update(seed);
    if (facts.key() instanceof SnapshotVolume.LinkKey link) {
      hash.update((byte) 'l');
      hash.update(ByteBuffer.allocate(16).putLong(link.device()).putLong(link.inode()).array());
      if (volume.isReadOnly()) {
        // Names that were seen while their file was written are not one file in a snapshot.
        time(hash, facts.mtime());
        time(hash, facts.ctime());
        hash.update(ByteBuffer.allocate(8).putLong(facts.size()).array());
      }
    } else if (facts.key() instanceof PathBytes path) {
      hash.update((byte) 'p');
      hash.update(path.toBytes());
    } else {
      hash.update((byte) 'n');
      hash.update(facts.key().toString().getBytes(StandardCharsets.UTF_8));
    }
    return ByteBuffer.wrap(hash.digest());
  }

  private static void time(MessageDigest hash, FileTime time) {
    hash.update(ByteBuffer.allocate(12).putLong(time.seconds()).putInt(time.nanos()).array());
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Java has no SHA-256.", e);
    }
  }

  /** What went wrong with an entry, as a file system would say it: others can be read. */
  static ProviderException failed(String what, PathBytes path, IOException e) {
    if (e instanceof ProviderException p && p.errno().isPresent()) {
      return p;
    }
    return new ProviderException(
        ProviderException.kindOfRead(e),
        "Cannot " + what + " " + (path.isEmpty() ? "the top" : path) + ": " + e.getMessage(),
        e,
        Errno.EIO,
        null,
        null);
  }

  ProviderException refused(String what) {
    return new ProviderException(
        Errno.EROFS,
        "Cannot "
            + what
            + " in "
            + description
            + ": it can only be read here. "
            + (volume.isReadOnly()
                ? "Restore it, and change that."
                : "Write to the virtual copy's own file system."));
  }

  @Override
  public void close() throws IOException {
    volume.close();
  }
}
