// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.crypto;

import io.kmesh.core.internal.time.KmeshThreads;
import io.kmesh.core.internal.time.SystemTime;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.crypto.AEADBadTagException;

/**
 * Lets the JIT compile the JDK's GCM, once in a process, on a thread of its own.
 *
 * <p>Without it the JDK opens messages of 1 MiB at 0.07 GB/s for ever: such a call runs in the
 * interpreter, and there are never enough calls to have it compiled. Small messages are calls
 * enough. A large one now and then belongs to it, since code that was compiled with small ones only
 * is thrown away at the first large one, for a path that it had never seen taken.
 */
final class GcmWarmUp {
  private static final int MESSAGES = 20_000; // 0.4 CPU seconds
  private static final long MOST_NANOS = 2_000_000_000L;
  private static final int SMALL = 4 << 10;
  private static final int LARGE = 128 << 10;
  private static final int LARGE_EVERY = 512;

  private static final AtomicBoolean STARTED = new AtomicBoolean();

  private GcmWarmUp() {}

  /** Begins, unless it was begun before. */
  static void start() {
    if (!STARTED.get() && STARTED.compareAndSet(false, true)) {
      KmeshThreads.start("crypto-warm-up", GcmWarmUp::run);
    }
  }

  /** Seals and opens zeros under a key of zeros. */
  static void run() {
    long began = SystemTime.INSTANCE.nanoTime();
    Aead aead = new Aead(new byte[Aead.KEY_BYTES], CryptoProvider.jdk());
    byte[] plain = new byte[LARGE];
    byte[] sealed = new byte[LARGE + Aead.TAG_BYTES];
    byte[] nonce = new byte[Aead.NONCE_BYTES];
    try {
      for (int i = 0; i < MESSAGES && SystemTime.INSTANCE.nanoTime() - began < MOST_NANOS; i++) {
        int length = i % LARGE_EVERY == 0 ? LARGE : SMALL;
        ByteBuffer.wrap(nonce).putInt(i);
        int bytes = aead.seal(plain, 0, length, nonce, nonce, sealed, 0);
        aead.open(sealed, 0, bytes, nonce, nonce, plain, 0);
      }
    } catch (AEADBadTagException e) {
      throw new IllegalStateException("The JDK's AES-256-GCM does not open what it sealed.", e);
    }
  }
}
