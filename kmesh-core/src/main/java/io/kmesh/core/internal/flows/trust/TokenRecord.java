// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.trust;

import io.kmesh.spi.ProviderException;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What an authority knows of a token that it issued. Immutable. */
final class TokenRecord {
  private static final String KIND = "token";

  /** Further refusals are not written down: whoever has a stolen token can't fill the disk. */
  static final int MOST_REFUSALS = 1000;

  private final String id;
  private final String site;
  private final byte[] verifier;
  private final Instant issued;
  private final Instant expires;
  private final @Nullable String key;
  private final @Nullable Instant used;
  private final @Nullable Instant revoked;
  private final int refusals;
  private final @Nullable Instant lastRefusal;

  private TokenRecord(
      String id,
      String site,
      byte[] verifier,
      Instant issued,
      Instant expires,
      @Nullable String key,
      @Nullable Instant used,
      @Nullable Instant revoked,
      int refusals,
      @Nullable Instant lastRefusal) {
    this.id = id;
    this.site = site;
    this.verifier = verifier;
    this.issued = issued;
    this.expires = expires;
    this.key = key;
    this.used = used;
    this.revoked = revoked;
    this.refusals = refusals;
    this.lastRefusal = lastRefusal;
  }

  static TokenRecord of(EnrolmentToken token, Instant issued) {
    return new TokenRecord(
        token.id(),
        token.site(),
        token.verifier(),
        issued,
        token.expires(),
        null,
        null,
        null,
        0,
        null);
  }

  /** Burnt by a key. */
  TokenRecord usedBy(String byKey, Instant when) {
    return new TokenRecord(
        id, site, verifier, issued, expires, byKey, when, revoked, refusals, lastRefusal);
  }

  /** Taken back. */
  TokenRecord revokedAt(Instant when) {
    return new TokenRecord(
        id, site, verifier, issued, expires, key, used, when, refusals, lastRefusal);
  }

  /** Shown, with its secret, by somebody whom it does not let in. */
  TokenRecord refusedAt(Instant when) {
    return new TokenRecord(
        id, site, verifier, issued, expires, key, used, revoked, refusals + 1, when);
  }

  boolean isSecret(byte[] idBytes, byte[] secret) {
    return MessageDigest.isEqual(verifier, EnrolmentToken.verifier(idBytes, secret));
  }

  byte[] verifier() {
    return verifier.clone();
  }

  String site() {
    return site;
  }

  Instant expires() {
    return expires;
  }

  /** The digest of the key that used it. */
  Optional<String> key() {
    return Optional.ofNullable(key);
  }

  boolean isRevoked() {
    return revoked != null;
  }

  int refusals() {
    return refusals;
  }

  TokenStatus status(Instant now) {
    TokenStatus.State state =
        used != null
            ? TokenStatus.State.USED
            : revoked != null
                ? TokenStatus.State.REVOKED
                : now.isBefore(expires) ? TokenStatus.State.OPEN : TokenStatus.State.EXPIRED;
    return new TokenStatus(
        id,
        site,
        state,
        issued,
        expires,
        Optional.ofNullable(used),
        refusals,
        Optional.ofNullable(lastRefusal));
  }

  byte[] encode() {
    TrustText text =
        new TrustText(KIND)
            .put("id", id)
            .put("site", site)
            .put("verifier", HexFormat.of().formatHex(verifier))
            .put("issued", issued.toString())
            .put("expires", expires.toString());
    if (key != null && used != null) {
      text.put("key", key).put("used", used.toString());
    }
    if (revoked != null) {
      text.put("revoked", revoked.toString());
    }
    if (lastRefusal != null) {
      text.put("refusals", Integer.toString(refusals)).put("refused", lastRefusal.toString());
    }
    return text.bytes();
  }

  static TokenRecord decode(String what, byte[] bytes) throws ProviderException {
    return TrustText.read(
        KIND,
        what,
        bytes,
        f -> {
          boolean isUsed = f.has("key");
          boolean isRefused = f.has("refusals");
          return new TokenRecord(
              f.hex("id", EnrolmentToken.ID_BYTES),
              f.site("site"),
              HexFormat.of().parseHex(f.hex("verifier", EnrolmentToken.DIGEST_BYTES)),
              f.time("issued"),
              f.time("expires"),
              isUsed ? f.hex("key", EnrolmentToken.DIGEST_BYTES) : null,
              isUsed ? f.time("used") : null,
              f.has("revoked") ? f.time("revoked") : null,
              isRefused ? f.number("refusals", MOST_REFUSALS) : 0,
              isRefused ? f.time("refused") : null);
        });
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof TokenRecord r && Arrays.equals(r.encode(), encode());
  }

  @Override
  public int hashCode() {
    return id.hashCode();
  }

  @Override
  public String toString() {
    return "TokenRecord(" + id + ", " + site + ")";
  }
}
