// SPDX-License-Identifier: Apache-2.0
package io.kmesh.store;

import io.kmesh.spi.store.Sha256;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** Copies and hashes bytes of open files through one buffer. One thread. */
final class Assembly {
  private static final int BUFFER = 1 << 20;

  private final MessageDigest digest = newDigest();
  private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER);

  /** The SHA-256 of what remains in a buffer, which is left as it is. */
  static Sha256 sha256(ByteBuffer bytes) {
    MessageDigest digest = newDigest();
    digest.update(bytes.duplicate());
    return new Sha256(digest.digest());
  }

  private static MessageDigest newDigest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java runtime has SHA-256.", e);
    }
  }

  /** Adds a part of a file to the hash. */
  void hash(StoreFiles.Handle source, long offset, long length) throws IOException {
    each(source, offset, length, (at, bytes) -> digest.update(bytes));
  }


  /** Copies a part of a file to another and adds it to the hash. */
  void copyAndHash(
      StoreFiles.Handle source, long offset, long length, StoreFiles.Handle target, long to)
      throws IOException {
    each(
        source,
        offset,
        length,
        (at, bytes) -> {
          digest.update(bytes.duplicate());
          target.write(to + at, bytes);
        });
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
      sink.take(done, buffer.flip());
      done += n;
    }
  }
}
