// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.key;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.key.KeyProvider;
import io.kmesh.spi.key.KeyReference;
import io.kmesh.spi.key.SecretBytes;
import io.kmesh.spi.key.WrappedKey;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/** Keys in memory, for tests: they truly seal, and are gone with the object. Thread-safe. */
public final class MemoryKeys implements KeyProvider {
  private static final int KEY_BYTES = 32;
  private static final int NONCE_BYTES = 12;
  private static final int TAG_BYTES = 16;

  private final SecureRandom random = new SecureRandom();
  private final Map<String, List<byte[]>> keys = new HashMap<>(); // guarded by this
  private boolean isClosed; // guarded by this

  /** Without keys. */
  public MemoryKeys() {}

  /** Makes a key, or a new version of it, which wraps from now on. */
  public synchronized KeyReference make(String name) {
    byte[] key = new byte[KEY_BYTES];
    random.nextBytes(key);
    keys.computeIfAbsent(name, n -> new ArrayList<>()).add(key);
    return new KeyReference(name);
  }

  @Override
  public String description() {
    return "memory keys";
  }

  @Override
  public WrappedKey wrap(KeyReference reference, SecretBytes dataKey, byte[] associatedData)
      throws ProviderException {
    int version = versions(reference.name()).size();
    byte[] nonce = new byte[NONCE_BYTES];
    random.nextBytes(nonce);
    byte[] plain = dataKey.reveal();
    try {
      byte[] sealed =
          crypt(Cipher.ENCRYPT_MODE, reference.name(), version, nonce, plain, associatedData);
      byte[] form = ByteBuffer.allocate(NONCE_BYTES + sealed.length).put(nonce).put(sealed).array();
      return new WrappedKey(reference, Integer.toString(version), form);
    } finally {
      Arrays.fill(plain, (byte) 0);
    }
  }

  @Override
  public SecretBytes unwrap(WrappedKey wrapped, byte[] associatedData) throws ProviderException {
    String name = wrapped.reference().name();
    int version = version(wrapped);
    byte[] form = wrapped.sealed();
    if (form.length <= NONCE_BYTES + TAG_BYTES) {
      throw notWhatWasSealed(name, null);
    }
    byte[] plain =
        crypt(
            Cipher.DECRYPT_MODE,
            name,
            version,
            Arrays.copyOf(form, NONCE_BYTES),
            Arrays.copyOfRange(form, NONCE_BYTES, form.length),
            associatedData);
    SecretBytes dataKey = SecretBytes.copyOf(plain);
    Arrays.fill(plain, (byte) 0);
    return dataKey;
  }

  private int version(WrappedKey wrapped) throws ProviderException {
    String name = wrapped.reference().name();
    int most = versions(name).size();
    for (int version = 1; version <= most; version++) {
      if (Integer.toString(version).equals(wrapped.keyVersion())) {
        return version;
      }
    }
    throw missing(name + " version " + wrapped.keyVersion());
  }

  private synchronized List<byte[]> versions(String name) throws ProviderException {
    if (isClosed) {
      throw new ProviderException(
          ErrorKind.INVALID, "Cannot use the memory keys: they were closed. Make new ones.");
    }
    List<byte[]> versions = keys.get(name);
    if (versions == null) {
      throw missing(name);
    }
    return List.copyOf(versions);
  }

  private static ProviderException missing(String key) {
    return new ProviderException(
        ErrorKind.NOT_FOUND, "Cannot use the key " + key + ": there is none. Make it first.");
  }

  private static ProviderException notWhatWasSealed(
      String name, @org.jspecify.annotations.Nullable Throwable cause) {
    return new ProviderException(
        ErrorKind.CORRUPT,
        "Cannot unwrap a data key of "
            + name
            + ": it or what it belongs to is not what was sealed. Read it again.",
        cause);
  }

  private byte[] crypt(
      int mode, String name, int version, byte[] nonce, byte[] input, byte[] associatedData)
      throws ProviderException {
    byte[] key = versions(name).get(version - 1);
    try {
      Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
      cipher.init(mode, new SecretKeySpec(key, "AES"), new GCMParameterSpec(8 * TAG_BYTES, nonce));
      byte[] context =
          (name.length() + ":" + name + ":" + version).getBytes(StandardCharsets.UTF_8);
      cipher.updateAAD(context);
      cipher.updateAAD(associatedData);
      return cipher.doFinal(input);
    } catch (AEADBadTagException e) {
      throw notWhatWasSealed(name, e);
    } catch (GeneralSecurityException e) {
      throw new ProviderException(
          ErrorKind.UNSUPPORTED,
          "Cannot seal with " + name + ": this Java has no AES-256-GCM. Use one that has.",
          e);
    }
  }

  /** Wipes the keys. */
  @Override
  public synchronized void close() {
    isClosed = true;
    keys.values().forEach(versions -> versions.forEach(key -> Arrays.fill(key, (byte) 0)));
    keys.clear();
  }

  @Override
  public String toString() {
    return "MemoryKeys(****)";
  }
}
