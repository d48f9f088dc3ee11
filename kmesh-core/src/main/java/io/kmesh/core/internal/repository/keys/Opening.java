// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.keys;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.key.SecretBytes;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Tries one credential on wrappings, and knows in the end why none opened. A wrapping that can't be
 * read does not keep another from being tried. For one thread.
 */
final class Opening {
  private final String what;
  private final KeyObjects objects;
  private final Marker marker;
  private final Credential credential;
  private final List<String> tried = new ArrayList<>();
  private final List<String> others = new ArrayList<>(); // of the other kind
  private final List<ProviderException> unreadable = new ArrayList<>();

  /**
   * An attempt.
   *
   * @param what is to be opened, for messages
   */
  Opening(String what, KeyObjects objects, Marker marker, Credential credential) {
    this.what = what;
    this.objects = objects;
    this.marker = marker;
    this.credential = credential;
  }

  /** What a wrapping holds; empty when this credential does not open it. */
  Optional<SecretBytes> open(String key) throws IOException {
    Wrapping wrapping = read(key);
    if (wrapping == null) {
      return Optional.empty();
    }
    if (wrapping.kind() != kind()) {
      others.add(
          wrapping instanceof Wrapping.ByProvider p
              ? key + " of the key " + KeyJson.printable(p.wrapped().reference().name())
              : key);
      return Optional.empty();
    }
    tried.add(key);
    return wrapping.open(credential, marker.associatedData(key));
  }

  private @Nullable Wrapping read(String key) throws IOException {
    try {
      Optional<byte[]> text = objects.find(key);
      return text.isEmpty() ? null : Wrapping.decode(key, text.get());
    } catch (ProviderException e) {
      if (e.kind() == ErrorKind.CORRUPT || e.kind() == ErrorKind.UNSUPPORTED) {
        unreadable.add(e);
        return null;
      }
      throw e;
    }
  }

  private WrappingInfo.Kind kind() {
    return credential instanceof Credential.Passphrase
        ? WrappingInfo.Kind.PASSPHRASE
        : WrappingInfo.Kind.PROVIDER;
  }

  /** Why nothing was opened. */
  ProviderException failure() {
    boolean isPassphrase = credential instanceof Credential.Passphrase;
    if (tried.isEmpty() && others.isEmpty() && !unreadable.isEmpty()) {
      ProviderException first = unreadable.get(0);
      return new ProviderException(
          first.kind(), "Cannot open " + what + ": " + first.getMessage(), first);
    }
    String reason;
    String advice;
    if (!tried.isEmpty()) {
      reason =
          (isPassphrase ? "the passphrase" : credential.toString())
              + " opens none of the "
              + tried.size()
              + " wrappings of its kind ("
              + String.join(", ", tried)
              + ")";
      advice = isPassphrase ? "Give the right passphrase." : "Give the keeper that wrapped it.";
    } else if (others.isEmpty()) {
      reason = "it is wrapped for nobody";
      advice = "Ask who may open it for a wrapping.";
    } else {
      reason = "it is wrapped only for " + String.join(", ", others);
      advice = isPassphrase ? "Give a KeyProvider that holds the key." : "Give a passphrase.";
    }
    StringBuilder message = new StringBuilder("Cannot open " + what + ": " + reason);
    for (ProviderException e : unreadable) {
      message.append("; ").append(e.getMessage());
    }
    return new ProviderException(ErrorKind.DENIED, message + ". " + advice);
  }
}
