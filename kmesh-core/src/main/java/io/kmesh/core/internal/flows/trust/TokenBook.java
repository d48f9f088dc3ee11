// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.trust;

import io.kmesh.core.internal.observe.Observers;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.observe.KmeshEvent.Severity;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** The tokens that an authority issued. Callers hold the folder's lock where they change it. */
final class TokenBook {
  /** The longest time that a token may wait for its use. */
  static final Duration LONGEST = Duration.ofDays(30);

  /** How long a token is remembered behind its end, so that its late use can be told. */
  private static final Duration REMEMBERED = Duration.ofDays(30);

  private static final int MOST = 10_000;
  private static final String FOLDER = "tokens";
  private static final Pattern ID =
      Pattern.compile("[0-9a-f]{" + 2 * EnrolmentToken.ID_BYTES + "}");

  private final TrustFolder folder;
  private final KmeshTime time;
  private final Observers observers;

  TokenBook(TrustFolder folder, KmeshTime time, Observers observers) {
    this.folder = folder;
    this.time = time;
    this.observers = observers;
  }

  private static String file(String id) {
    return FOLDER + "/" + id;
  }

  /** Makes a token; it is durable when this returns. */
  EnrolmentToken issue(byte[] authority, String site, Duration validFor, String address)
      throws IOException {
    if (validFor.compareTo(Duration.ofSeconds(1)) < 0 || validFor.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException(
          "Cannot issue a token for the site "
              + site
              + ": it would be valid for "
              + validFor
              + ". Choose a second to 30 days.");
    }
    if (folder.list(FOLDER).size() >= MOST) {
      throw new ProviderException(
          ErrorKind.NO_SPACE,
          "Cannot issue a token for the site "
              + site
              + ": "
              + MOST
              + " are remembered already. Wait until old ones are forgotten, 30 days behind their"
              + " end.");
    }
    Instant now = time.now();
    EnrolmentToken token = EnrolmentToken.make(authority, now.plus(validFor), site, address);
    folder.write(file(token.id()), TokenRecord.of(token, now).encode());
    event(Severity.INFO, "trust.token.issued", token.id(), site, "A token was issued.");
    return token;
  }

  /** The token of an id; empty when there is none, or it is no id. */
  Optional<TokenRecord> find(String id) throws IOException {
    if (!ID.matcher(id).matches()) {
      return Optional.empty(); // never a path
    }
    return folder.has(file(id)) ? Optional.of(read(id)) : Optional.empty();
  }

  private TokenRecord read(String id) throws IOException {
    return TokenRecord.decode(folder.what(file(id)), folder.read(file(id), TrustText.MOST_BYTES));
  }

  /**
   * Burns a token for a key, durably. For the key that burnt it that is done once more, which
   * changes nothing.
   *
   * @param id of the token, in bytes
   * @param secret of the token, as it was shown
   * @param key what the key is known by
   * @throws ProviderException DENIED, saying why
   */
  TokenRecord burn(byte[] id, byte[] secret, String key) throws IOException {
    String name = HexFormat.of().formatHex(id);
    TokenRecord token = find(name).orElse(null);
    if (token == null || !token.isSecret(id, secret)) {
      event(
          Severity.WARNING,
          "trust.token.refused",
          name,
          token == null ? "" : token.site(),
          "A token was shown that was never issued.");
      throw unknown(name);
    }
    if (token.key().isPresent()) {
      if (token.key().get().equals(key)) {
        return token;
      }
      throw refused(name, token, "it was used already, by another key");
    }
    if (token.isRevoked()) {
      throw refused(name, token, "it was revoked");
    }
    Instant now = time.now();
    if (!now.isBefore(token.expires())) {
      throw refused(name, token, "it expired at " + token.expires() + ", and it is " + now);
    }
    TokenRecord burnt = token.usedBy(key, now);
    folder.write(file(name), burnt.encode());
    event(Severity.INFO, "trust.token.used", name, token.site(), "A token was used.");
    return burnt;
  }

  static ProviderException unknown(String id) {
    return new ProviderException(
        ErrorKind.DENIED,
        "Cannot enrol with the token "
            + id
            + ": this authority did not issue it. Ask it for a new one.");
  }

  /** Writes down that somebody has the secret who should not, or comes too late. */
  private ProviderException refused(String id, TokenRecord token, String reason)
      throws IOException {
    if (token.refusals() < TokenRecord.MOST_REFUSALS) {
      folder.write(file(id), token.refusedAt(time.now()).encode());
    }
    event(
        Severity.WARNING,
        "trust.token.refused",
        id,
        token.site(),
        "A token was shown and not taken: " + reason + ".");
    return new ProviderException(
        ErrorKind.DENIED,
        "Cannot enrol the site "
            + token.site()
            + " with the token "
            + id
            + ": "
            + reason
            + ". Ask the authority for a new one, and tell it if you did not use this one before.");
  }

  /** Takes an unused token back; that it is so already is no error. */
  void revoke(String id) throws IOException {
    TokenRecord token =
        find(id)
            .orElseThrow(
                () ->
                    new ProviderException(
                        ErrorKind.NOT_FOUND,
                        "Cannot revoke the token: this authority knows none of that id. List its"
                            + " tokens."));
    if (token.key().isPresent()) {
      throw new ProviderException(
          ErrorKind.PRECONDITION,
          "Cannot revoke the token "
              + id
              + ": the site "
              + token.site()
              + " has used it. Revoke the site.");
    }
    if (!token.isRevoked()) {
      folder.write(file(id), token.revokedAt(time.now()).encode());
      event(Severity.INFO, "trust.token.revoked", id, token.site(), "A token was revoked.");
    }
  }

  /** All that are remembered, the newest last. */
  List<TokenStatus> all() throws IOException {
    List<TokenStatus> all = new ArrayList<>();
    Instant now = time.now();
    for (String id : folder.list(FOLDER)) {
      all.add(read(id).status(now));
    }
    all.sort(Comparator.comparing(TokenStatus::issued).thenComparing(TokenStatus::id));
    return all;
  }

  /**
   * Forgets tokens that are long over.
   *
   * @return the keys that used those that are still remembered
   */
  Set<String> forgetOld() throws IOException {
    Instant now = time.now();
    Set<String> keys = new HashSet<>();
    for (String id : folder.list(FOLDER)) {
      TokenRecord token = read(id);
      if (now.isAfter(token.expires().plus(REMEMBERED))) {
        folder.remove(file(id));
      } else {
        token.key().ifPresent(keys::add);
      }
    }
    return keys;
  }

  private void event(Severity severity, String type, String id, String site, String message) {
    observers.event(severity, type, id, message, site.isEmpty() ? Map.of() : Map.of("site", site));
  }
}
