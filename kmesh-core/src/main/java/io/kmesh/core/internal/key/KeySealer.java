// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.key;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.key.KeyReference;
import io.kmesh.spi.key.SecretBytes;
import io.kmesh.spi.key.WrappedKey;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Seals data keys: AES-256-GCM with a random nonce of 96 bits. The name and the version of the key
 * are sealed too, so that a wrapped key can't be passed off as another's. Thread-safe.
 */
final class KeySealer {
  private static final byte FORMAT = 0;
  private static final int NONCE_BYTES = 12;
  private static final int TAG_BYTES = 16;
  private static final int LARGEST_DATA_KEY = 4096;
  private static final byte[] DOMAIN = "kmesh-key-wrap".getBytes(StandardCharsets.US_ASCII);

  private final SecureRandom random = new SecureRandom();

  /** Seals a data key of 1 to 4,096 bytes. */
  WrappedKey wrap(FileKey key, SecretBytes dataKey, byte[] associatedData)
      throws ProviderException {
    byte[] plain = dataKey.reveal();
    try {
      if (plain.length == 0 || plain.length > LARGEST_DATA_KEY) {
        throw new ProviderException(
            ErrorKind.INVALID,
            "Cannot wrap a data key of "
                + plain.length
                + " bytes: 1 to "
                + LARGEST_DATA_KEY
                + " are allowed. Wrap a key, not data.");
      }
      byte[] nonce = new byte[NONCE_BYTES];
      random.nextBytes(nonce);
      byte[] sealed = crypt(Cipher.ENCRYPT_MODE, key, nonce, plain, associatedData);
      byte[] form =
          ByteBuffer.allocate(1 + NONCE_BYTES + sealed.length)
              .put(FORMAT)
              .put(nonce)
              .put(sealed)
              .array();
      return new WrappedKey(new KeyReference(key.name()), Integer.toString(key.version()), form);
    } catch (GeneralSecurityException e) {
      throw new ProviderException(
          ErrorKind.UNSUPPORTED,
          "Cannot wrap a data key with "
              + key.name()
              + ": this Java has no AES-256-GCM. Use a Java with it.",
          e);
    } finally {
      Arrays.fill(plain, (byte) 0);
    }
  }

  /** Opens a sealed data key. */
  SecretBytes unwrap(FileKey key, WrappedKey wrapped, byte[] associatedData)
      throws ProviderException {
    byte[] form = wrapped.sealed();
    if (form.length > 0 && form[0] != FORMAT) {
      throw new ProviderException(
          ErrorKind.UNSUPPORTED,
          "Cannot unwrap a data key of "
              + key.name()
              + ": it has format "
              + (form[0] & 0xff)
              + ", this Kmesh knows "
              + FORMAT
              + ". Use the Kmesh that wrapped it, or a newer one.");
    }
    if (form.length <= 1 + NONCE_BYTES + TAG_BYTES) {
      throw notWhatWasSealed(key, null);
    }
    byte[] nonce = Arrays.copyOfRange(form, 1, 1 + NONCE_BYTES);
    byte[] sealed = Arrays.copyOfRange(form, 1 + NONCE_BYTES, form.length);
    try {
      byte[] plain = crypt(Cipher.DECRYPT_MODE, key, nonce, sealed, associatedData);
      SecretBytes dataKey = SecretBytes.copyOf(plain);
      Arrays.fill(plain, (byte) 0);
      return dataKey;
    } catch (AEADBadTagException e) {
      throw notWhatWasSealed(key, e);
    } catch (GeneralSecurityException e) {
      throw new ProviderException(
          ErrorKind.UNSUPPORTED,
          "Cannot unwrap a data key of "
              + key.name()
              + ": this Java has no AES-256-GCM. Use a Java with it.",
          e);
    }
  }

  private static ProviderException notWhatWasSealed(
      FileKey key, @org.jspecify.annotations.Nullable Throwable cause) {
    return new ProviderException(
        ErrorKind.CORRUPT,
        "Cannot unwrap a data key of "
            + key.name()
            + " version "
            + key.version()
            + ": it or what it belongs to is not what was sealed. Read the stored data again, or"
            + " name the key file that it was sealed with.",
        cause);
  }

  private static byte[] crypt(
      int mode, FileKey key, byte[] nonce, byte[] input, byte[] associatedData)
      throws GeneralSecurityException {
    byte[] secret = key.secret().reveal();
    try {
      Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
      cipher.init(
          mode, new SecretKeySpec(secret, "AES"), new GCMParameterSpec(8 * TAG_BYTES, nonce));
      cipher.updateAAD(context(key));
      cipher.updateAAD(associatedData);
      return cipher.doFinal(input);
    } finally {
      Arrays.fill(secret, (byte) 0);
    }
  }

  /**
   * What stands before the caller's associated data: unambiguous, since every part has its length.
   */
  private static byte[] context(FileKey key) {
    byte[] name = key.name().getBytes(StandardCharsets.US_ASCII);
    return ByteBuffer.allocate(DOMAIN.length + 2 + name.length + Integer.BYTES)
        .put(DOMAIN)
        .put(FORMAT)
        .put((byte) name.length)
        .put(name)
        .putInt(key.version())
        .array();
  }
}
