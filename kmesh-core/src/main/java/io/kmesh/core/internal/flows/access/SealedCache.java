// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.access;

import io.kmesh.core.internal.crypto.Aead;
import io.kmesh.core.internal.flows.base.Dot;
import io.kmesh.core.internal.repository.bytes.ByteOutput;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.key.SecretBytes;
import io.kmesh.spi.posix.PosixTree;
import java.io.IOException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.function.LongSupplier;
import javax.crypto.AEADBadTagException;
import org.jspecify.annotations.Nullable;

/**
 * The blocks that were read under one grant, each sealed by AES-256-GCM under a key that is made
 * here and is in no file: without this object nobody reads them, whatever becomes of the disk.
 * Thread-safe.
 */
final class SealedCache implements BlockCache {
  private static final int OVERHEAD = Aead.NONCE_BYTES + Aead.TAG_BYTES;
  private static final SecureRandom RANDOM = new SecureRandom();

  private final PosixTree tree;
  private final PathBytes folder;
  private final RangeCache sealed;
  private final SecretBytes key;
  private volatile boolean isDestroyed;

  private SealedCache(PosixTree tree, PathBytes folder, RangeCache sealed, SecretBytes key) {
    this.tree = tree;
    this.folder = folder;
    this.sealed = sealed;
    this.key = key;
  }

  /**
   * Begins an empty one.
   *
   * @param tree which the folder is in; stays the caller's
   * @param folder below its top; there, and empty
   * @param own the folder as a tree
   * @param budget the most bytes of sealed contents
   */
  static SealedCache begin(PosixTree tree, PathBytes folder, PosixTree own, LongSupplier budget)
      throws IOException {
    byte[] key = new byte[Aead.KEY_BYTES];
    RANDOM.nextBytes(key);
    try {
      return new SealedCache(
          tree, folder, RangeCache.openSealed(own, budget, OVERHEAD), SecretBytes.copyOf(key));
    } finally {
      Arrays.fill(key, (byte) 0);
    }
  }

  @Override
  public boolean has(Dot content, long block) {
    return !isDestroyed && sealed.has(content, block);
  }

  @Override
  public byte @Nullable [] read(Dot content, long size, long block) throws IOException {
    if (isDestroyed) {
      return null;
    }
    byte[] there = sealed.read(content, size, block);
    Aead aead = there == null ? null : aead();
    if (there == null || aead == null) {
      return null;
    }
    byte[] nonce = Arrays.copyOf(there, Aead.NONCE_BYTES);
    byte[] bytes = new byte[there.length - OVERHEAD];
    try {
      aead.open(
          there,
          Aead.NONCE_BYTES,
          there.length - Aead.NONCE_BYTES,
          nonce,
          name(content, block),
          bytes,
          0);
      return bytes;
    } catch (AEADBadTagException e) {
      sealed.drop(content, block); // the disk, or somebody, changed it: it is fetched again
      return null;
    }
  }

  @Override
  public void put(Dot content, long block, byte[] bytes) throws IOException {
    Aead aead = isDestroyed ? null : aead();
    if (aead == null) {
      return;
    }
    byte[] out = new byte[bytes.length + OVERHEAD];
    byte[] nonce = new byte[Aead.NONCE_BYTES];
    RANDOM.nextBytes(nonce);
    System.arraycopy(nonce, 0, out, 0, nonce.length);
    aead.seal(bytes, 0, bytes.length, nonce, name(content, block), out, nonce.length);
    sealed.put(content, block, out);
  }

  /** A block can't be passed off as another. */
  private static byte[] name(Dot content, long block) {
    ByteOutput out = new ByteOutput(32);
    content.write(out);
    out.varint(block);
    return out.toBytes();
  }

  private @Nullable Aead aead() {
    byte[] secret;
    try {
      secret = key.reveal();
    } catch (IllegalStateException e) {
      return null; // destroyed meanwhile
    }
    try {
      return new Aead(secret);
    } finally {
      Arrays.fill(secret, (byte) 0);
    }
  }

  /** Bytes that are here. */
  long used() {
    return sealed.used();
  }

  /** Lets go what is above the budget. */
  void trim() throws IOException {
    sealed.trim();
  }

  /** Wipes the key, then removes what is sealed under it. */
  void destroy() throws IOException {
    isDestroyed = true;
    key.close();
    try {
      sealed.abandon();
    } finally {
      RangeCache.remove(tree, folder);
    }
  }
}
