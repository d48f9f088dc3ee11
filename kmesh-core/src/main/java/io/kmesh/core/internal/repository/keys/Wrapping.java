// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.keys;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.core.internal.crypto.Aead;
import io.kmesh.core.internal.crypto.Argon2id;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.key.KeyReference;
import io.kmesh.spi.key.SecretBytes;
import io.kmesh.spi.key.WrappedKey;
import java.io.IOException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Optional;
import javax.crypto.AEADBadTagException;

/** A secret sealed for one holder; docs/format/repository.md, Keys. */
sealed interface Wrapping {
  /** The most characters of a name. */
  int LONGEST_NAME = 200;

  /** For people. */
  String name();

  /** What it is sealed with. */
  WrappingInfo.Kind kind();

  /**
   * Opens it.
   *
   * @return empty when this credential is not the one, or the wrapping is damaged: which of them
   *     nobody can tell
   * @throws IOException when it can't be tried
   */
  Optional<SecretBytes> open(Credential credential, byte[] associatedData) throws IOException;

  /** Its bytes. */
  byte[] encode();

  /** Sealed by a key that is derived from a passphrase. */
  final class ByPassphrase implements Wrapping {
    private final String name;
    private final Argon2id.Cost cost;
    private final byte[] salt;
    private final byte[] nonce;
    private final byte[] sealed;

    private ByPassphrase(
        String name, Argon2id.Cost cost, byte[] salt, byte[] nonce, byte[] sealed) {
      this.name = name;
      this.cost = cost;
      this.salt = salt;
      this.nonce = nonce;
      this.sealed = sealed;
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public WrappingInfo.Kind kind() {
      return WrappingInfo.Kind.PASSPHRASE;
    }

    @Override
    public Optional<SecretBytes> open(Credential credential, byte[] associatedData)
        throws IOException {
      if (!(credential instanceof Credential.Passphrase passphrase)) {
        return Optional.empty();
      }
      byte[] plain = new byte[sealed.length - Aead.TAG_BYTES];
      try {
        aead(passphrase, salt, cost)
            .open(sealed, 0, sealed.length, nonce, associatedData, plain, 0);
        return Optional.of(SecretBytes.copyOf(plain));
      } catch (AEADBadTagException e) {
        return Optional.empty();
      } finally {
        Arrays.fill(plain, (byte) 0);
      }
    }

    private static Aead aead(Credential.Passphrase passphrase, byte[] salt, Argon2id.Cost cost)
        throws ProviderException {
      char[] text = passphrase.reveal();
      try {
        byte[] key = Argon2id.derive(text, salt, cost);
        try {
          return new Aead(key);
        } finally {
          Arrays.fill(key, (byte) 0);
        }
      } finally {
        Arrays.fill(text, '\0');
      }
    }

    @Override
    public byte[] encode() {
      ObjectNode node = begin("passphrase", name);
      ObjectNode argon2id = node.putObject("argon2id");
      argon2id.put("memoryKiB", cost.memoryKiB());
      argon2id.put("iterations", cost.iterations());
      argon2id.put("lanes", cost.lanes());
      argon2id.put("salt", salt);
      node.put("nonce", nonce);
      node.put("sealed", sealed);
      return KeyJson.bytes(node);
    }
  }

  /** Sealed by a key provider. */
  record ByProvider(String name, WrappedKey wrapped) implements Wrapping {
    @Override
    public WrappingInfo.Kind kind() {
      return WrappingInfo.Kind.PROVIDER;
    }

    @Override
    public Optional<SecretBytes> open(Credential credential, byte[] associatedData)
        throws IOException {
      if (!(credential instanceof Credential.Provider provider)) {
        return Optional.empty();
      }
      try {
        return Optional.of(provider.keys().unwrap(wrapped, associatedData));
      } catch (ProviderException e) {
        if (e.kind() == ErrorKind.NOT_FOUND || e.kind() == ErrorKind.CORRUPT) {
          return Optional.empty(); // another keeper's, or another key's
        }
        throw e;
      }
    }

    @Override
    public byte[] encode() {
      ObjectNode node = begin("provider", name);
      node.put("reference", wrapped.reference().name());
      node.put("version", wrapped.keyVersion());
      node.put("sealed", wrapped.sealed());
      return KeyJson.bytes(node);
    }
  }

  private static ObjectNode begin(String kind, String name) {
    ObjectNode node = KeyJson.JSON.createObjectNode();
    node.put("format", KeyJson.FORMAT);
    node.put("kind", kind);
    node.put("name", name);
    return node;
  }

  /**
   * Seals a secret.
   *
   * @throws ProviderException INVALID when the name or the passphrase can't be one
   */
  static Wrapping seal(
      SecretBytes secret,
      Credential credential,
      String name,
      byte[] associatedData,
      Argon2id.Cost cost,
      SecureRandom random)
      throws IOException {
    Names.require("wrapping", name, LONGEST_NAME);
    if (credential instanceof Credential.Provider provider) {
      return new ByProvider(
          name, provider.keys().wrap(provider.reference(), secret, associatedData));
    }
    byte[] salt = new byte[Argon2id.SALT_BYTES];
    random.nextBytes(salt);
    byte[] nonce = new byte[Aead.NONCE_BYTES];
    random.nextBytes(nonce);
    Aead aead = ByPassphrase.aead((Credential.Passphrase) credential, salt, cost);
    byte[] plain = secret.reveal();
    try {
      byte[] sealed = new byte[plain.length + Aead.TAG_BYTES];
      aead.seal(plain, 0, plain.length, nonce, associatedData, sealed, 0);
      return new ByPassphrase(name, cost, salt, nonce, sealed);
    } finally {
      Arrays.fill(plain, (byte) 0);
    }
  }

  /**
   * Reads a wrapping.
   *
   * @param what its key in the store, for messages
   * @throws ProviderException CORRUPT when it is none, UNSUPPORTED when its format or kind is newer
   */
  static Wrapping decode(String what, byte[] text) throws ProviderException {
    JsonNode node = KeyJson.read(what, text);
    KeyJson.requireFormat(what, node);
    String kind = KeyJson.text(what, node, "kind");
    String name = KeyJson.text(what, node, "name");
    if (name.length() > LONGEST_NAME) {
      throw KeyJson.damaged(what, "its name has " + name.length() + " characters", null);
    }
    byte[] sealed = KeyJson.base64(what, node, "sealed");
    return switch (kind) {
      case "passphrase" -> byPassphrase(what, node, name, sealed);
      case "provider" ->
          new ByProvider(
              name,
              new WrappedKey(
                  new KeyReference(KeyJson.text(what, node, "reference")),
                  KeyJson.text(what, node, "version"),
                  sealed));
      default -> throw KeyJson.unknown(what, "kind", kind);
    };
  }

  private static Wrapping byPassphrase(String what, JsonNode node, String name, byte[] sealed)
      throws ProviderException {
    JsonNode argon2id = node.path("argon2id");
    byte[] salt = KeyJson.base64(what, argon2id, "salt");
    byte[] nonce = KeyJson.base64(what, node, "nonce");
    if (salt.length != Argon2id.SALT_BYTES
        || nonce.length != Aead.NONCE_BYTES
        || sealed.length <= Aead.TAG_BYTES) {
      throw KeyJson.damaged(what, "its salt, nonce or sealed bytes have a wrong length", null);
    }
    try {
      Argon2id.Cost cost =
          new Argon2id.Cost(
              KeyJson.number(what, argon2id, "memoryKiB"),
              KeyJson.number(what, argon2id, "iterations"),
              KeyJson.number(what, argon2id, "lanes"));
      return new ByPassphrase(name, cost, salt, nonce, sealed);
    } catch (IllegalArgumentException e) {
      throw KeyJson.damaged(what, String.valueOf(e.getMessage()), e);
    }
  }
}
