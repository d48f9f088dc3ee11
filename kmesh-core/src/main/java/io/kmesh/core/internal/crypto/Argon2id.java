// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.crypto;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.Arrays;
import org.bouncycastle.crypto.generators.Argon2BytesGenerator;
import org.bouncycastle.crypto.params.Argon2Parameters;

/** Keys from passphrases: Argon2id (RFC 9106), version 0x13. Stateless. */
public final class Argon2id {
  /** The bytes of a salt. */
  public static final int SALT_BYTES = 16;

  private static final int KEY_BYTES = 32;
  private static final int LARGEST_MEMORY_KIB = 4 << 20;
  private static final int MOST_ITERATIONS = 100;
  private static final int MOST_LANES = 64;
  private static final int BLOCKS_PER_LANE = 8;

  private Argon2id() {}

  /**
   * What deriving a key costs.
   *
   * @param memoryKiB memory, at least 8 KiB a lane
   * @param iterations passes over the memory
   * @param lanes independent parts of the memory
   */
  public record Cost(int memoryKiB, int iterations, int lanes) {
    /**
     * What new wrappings have: 46 MiB and one pass, the first choice of OWASP's password storage
     * cheat sheet. Each command derives a key once; half a second more would be felt.
     */
    public static final Cost DEFAULT = new Cost(46 << 10, 1, 1);

    /**
     * Refuses what nobody should compute, before any of it is allocated.
     *
     * @throws IllegalArgumentException naming the value and its bounds
     */
    public Cost {
      require("lanes", lanes, 1, MOST_LANES);
      require("iterations", iterations, 1, MOST_ITERATIONS);
      require("memoryKiB", memoryKiB, BLOCKS_PER_LANE * lanes, LARGEST_MEMORY_KIB);
    }

    private static void require(String what, int value, int least, int most) {
      if (value < least || value > most) {
        throw new IllegalArgumentException(
            "Argon2id's " + what + " is " + value + ", not " + least + " to " + most);
      }
    }
  }

  /**
   * Derives a key.
   *
   * @param passphrase stays as it is; the caller wipes it
   * @return 32 bytes, which the caller wipes
   * @throws ProviderException INVALID when the passphrase is empty or no text, NO_SPACE when this
   *     JVM has not the memory
   */
  public static byte[] derive(char[] passphrase, byte[] salt, Cost cost) throws ProviderException {
    byte[] text = utf8(passphrase);
    try {
      return derive(text, salt, new byte[0], new byte[0], cost, KEY_BYTES);
    } finally {
      Arrays.fill(text, (byte) 0);
    }
  }

  static byte[] derive(
      byte[] password, byte[] salt, byte[] secret, byte[] additional, Cost cost, int length)
      throws ProviderException {
    requireMemory(cost, Runtime.getRuntime().maxMemory());
    Argon2Parameters parameters =
        new Argon2Parameters.Builder(Argon2Parameters.ARGON2_id)
            .withVersion(Argon2Parameters.ARGON2_VERSION_13)
            .withMemoryAsKB(cost.memoryKiB())
            .withIterations(cost.iterations())
            .withParallelism(cost.lanes())
            .withSalt(salt)
            .withSecret(secret)
            .withAdditional(additional)
            .build();
    byte[] key = new byte[length];
    try {
      Argon2BytesGenerator generator = new Argon2BytesGenerator();
      generator.init(parameters);
      generator.generateBytes(password, key);
      return key;
    } catch (OutOfMemoryError e) {
      throw noMemory(cost, e);
    } finally {
      parameters.clear();
    }
  }

  /** A store can ask for gigabytes in a few bytes: what can't be had is not tried. */
  static void requireMemory(Cost cost, long heap) throws ProviderException {
    if (cost.memoryKiB() * 1024L > heap) {
      throw noMemory(cost, null);
    }
  }

  private static ProviderException noMemory(
      Cost cost, @org.jspecify.annotations.Nullable Throwable cause) {
    return new ProviderException(
        ErrorKind.NO_SPACE,
        "Cannot derive a key from the passphrase: Argon2id needs "
            + cost.memoryKiB() / 1024
            + " MiB of heap, this Java may use "
            + (Runtime.getRuntime().maxMemory() >> 20)
            + " MiB. Start it with a larger -Xmx.",
        cause);
  }

  /** NFC, so that a passphrase is the same whatever keyboard it was typed on. */
  private static byte[] utf8(char[] passphrase) throws ProviderException {
    if (passphrase.length == 0) {
      throw new ProviderException(
          ErrorKind.INVALID, "Cannot use the passphrase: it is empty. Choose a long one.");
    }
    // ASCII is its own NFC. Only for other text does the JDK make a string, which can't be wiped.
    CharBuffer chars =
        isAscii(passphrase)
            ? CharBuffer.wrap(passphrase)
            : CharBuffer.wrap(
                Normalizer.normalize(CharBuffer.wrap(passphrase), Normalizer.Form.NFC));
    ByteBuffer bytes = ByteBuffer.allocate(3 * chars.remaining());
    try {
      var encoder =
          StandardCharsets.UTF_8
              .newEncoder()
              .onMalformedInput(CodingErrorAction.REPORT)
              .onUnmappableCharacter(CodingErrorAction.REPORT);
      var result = encoder.encode(chars, bytes, true);
      if (result.isError()) {
        result.throwException();
      }
      return Arrays.copyOf(bytes.array(), bytes.position());
    } catch (CharacterCodingException e) {
      throw new ProviderException(
          ErrorKind.INVALID,
          "Cannot use the passphrase: it holds half a character (a lone surrogate). Give it as"
              + " text.",
          e);
    } finally {
      Arrays.fill(bytes.array(), (byte) 0);
    }
  }

  private static boolean isAscii(char[] text) {
    for (char c : text) {
      if (c >= 0x80) {
        return false;
      }
    }
    return true;
  }
}
