// SPDX-License-Identifier: Apache-2.0
package io.kmesh.store;

import io.kmesh.spi.store.Crc32c;
import io.kmesh.spi.store.Sha256;
import io.kmesh.store.ObjectTrailer.DamageException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.zip.CRC32C;

/** Copies and hashes bytes of open files through one buffer. One thread. */
final class Assembly {
  private static final int BUFFER = 1 << 20;

  private final MessageDigest digest;
  private final MessageDigest part = newDigest();
  private final Parts parts;
  private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER);

  /** The SHA-256 of what remains in a buffer, which is left as it is. */
  static Sha256 sha256(ByteBuffer bytes) {
    MessageDigest digest = newDigest();
    digest.update(bytes.duplicate());
    return new Sha256(digest.digest());
  }

  /** A new SHA-256. */
  static MessageDigest newDigest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java runtime has SHA-256.", e);
    }
  }

  /** Whether each range is compared with a hash of its own. */
  enum Parts {
    /** Compare each: nobody compares the whole. */
    VERIFY,
    /** Do not: the whole is compared. */
    TRUST
  }

  Assembly(Parts parts) {
    this(parts, newDigest());
  }

  /** Goes on with a digest of what comes before. */
  Assembly(Parts parts, MessageDigest digest) {
    this.parts = parts;
    this.digest = digest;
  }

  /**
   * Adds a range of a file to the hash.
   *
   * @throws DamageException when it is to be compared and is not what was stored
   */
  void hash(StoreFiles.Handle source, long offset, long length, Sha256 expected)
      throws IOException, DamageException {
    each(source, offset, length, (at, bytes) -> {});
    verify(expected);
  }

  /**
   * Copies a range of a file to another and adds it to the hash.
   *
   * @throws DamageException when it is to be compared and is not what was stored
   */
  void copyAndHash(
      StoreFiles.Handle source,
      long offset,
      long length,
      Sha256 expected,
      StoreFiles.Handle target,
      long to)
      throws IOException, DamageException {
    each(source, offset, length, (at, bytes) -> target.write(to + at, bytes));
    verify(expected);
  }

  /**
   * Copies an object's bytes to another file and gives the SHA-256 of all that was hashed.
   *
   * @throws DamageException when they are not what was stored
   */
  Sha256 copy(StoreFiles.Handle source, long size, BodyChecksum expected, StoreFiles.Handle target)
      throws IOException, DamageException {
    CRC32C crc = new CRC32C();
    each(
        source,
        0,
        size,
        (at, bytes) -> {
          crc.update(bytes.duplicate());
          target.write(at, bytes);
        });
    Sha256 sha256 = sha256();
    BodyChecksum found =
        expected instanceof BodyChecksum.OfCrc32c
            ? new BodyChecksum.OfCrc32c(new Crc32c((int) crc.getValue()))
            : new BodyChecksum.OfSha256(sha256);
    if (!found.equals(expected)) {
      throw new DamageException("the checksum of stored bytes is " + found + ", not " + expected);
    }
    return sha256;
  }

  private void verify(Sha256 expected) throws DamageException {
    if (parts == Parts.VERIFY) {
      Sha256 found = new Sha256(part.digest());
      if (!found.equals(expected)) {
        throw new DamageException("the SHA-256 of stored bytes is " + found + ", not " + expected);
      }
    }
  }

  /** The SHA-256 of all that was hashed. */
  Sha256 sha256() {
    return new Sha256(digest.digest());
  }

  private interface Sink {
    void take(long at, ByteBuffer bytes) throws IOException;
  }

  private void each(StoreFiles.Handle source, long offset, long length, Sink sink)
      throws IOException {
    for (long done = 0; done < length; ) {
      buffer.clear().limit((int) Math.min(BUFFER, length - done));
      int n = source.read(buffer, offset + done);
      if (n == 0) {
        throw new IOException("a stored file ends " + (length - done) + " bytes too early");
      }
      buffer.flip();
      digest.update(buffer.duplicate());
      if (parts == Parts.VERIFY) {
        part.update(buffer.duplicate());
      }
      sink.take(done, buffer);
      done += n;
    }
  }
}
