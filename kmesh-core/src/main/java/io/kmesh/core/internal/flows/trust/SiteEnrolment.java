// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.trust;

import io.kmesh.core.internal.crypto.cert.SiteKeys;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.Optional;

/**
 * How a site gets its certificate and the next ones. Killed anywhere, it goes on when it is done
 * again. Thread-safe.
 */
final class SiteEnrolment {
  private static final String PENDING = "pending";

  private final TrustFolder folder;
  private final TrustClient client;
  private final LinkTrust trust;
  private final StoredTrust stored;

  SiteEnrolment(TrustFolder folder, StoredTrust stored, KmeshTime time, LinkTrust trust) {
    this.folder = folder;
    this.client = new TrustClient(time);
    this.trust = trust;
    this.stored = stored;
  }

  /** Joins a mesh, or joins it anew under the same name. */
  SiteIdentity enrol(EnrolmentToken token, boolean isAuthority) throws IOException {
    folder.create();
    Optional<SiteIdentity> known =
        folder.has(StoredTrust.SITE) ? Optional.of(stored.identity()) : Optional.empty();
    if (isAuthority || known.filter(k -> !k.site().equals(token.site())).isPresent()) {
      throw new ProviderException(
          ErrorKind.EXISTS,
          "Cannot enrol the site "
              + token.site()
              + " in "
              + folder.path()
              + ": the site "
              + known.map(SiteIdentity::site).orElse("of an authority")
              + " lives there. Name another folder.");
    }
    if (known.filter(k -> k.origin().equals(token.id())).isPresent()) {
      return known.get(); // done before, and not heard of
    }
    PendingKey pending = folder.locked(() -> pending(token.id()));
    TrustClient.Grant grant = client.enrol(token, pending.keys());
    return take(
        grant.list(),
        new SiteIdentity(
            token.site(),
            grant.authority(),
            grant.certificate(),
            pending.keys().getPrivate(),
            token.address(),
            token.id()));
  }

  /** Who signs a new key. */
  interface Signer {
    TrustClient.Grant sign(SiteIdentity own, KeyPair keys) throws IOException;
  }

  /** Gets a new key certified by the authority over the network. */
  SiteIdentity rotate() throws IOException {
    return rotate((own, keys) -> client.rotate(trust, own, keys));
  }

  /** Gets a new key certified; links under way and the old certificate go on. */
  SiteIdentity rotate(Signer signer) throws IOException {
    SiteIdentity own = stored.identity();
    PendingKey found = folder.locked(() -> pending(PendingKey.ROTATION));
    PendingKey pending =
        isOf(own, found.keys()) ? folder.locked(() -> renew(PendingKey.ROTATION)) : found;
    TrustClient.Grant grant = signer.sign(own, pending.keys());
    return take(grant.list(), own.with(grant.certificate(), pending.keys().getPrivate()));
  }

  /** Changes where the authority is asked. Callers hold the folder's lock. */
  void moveTo(String address) throws IOException {
    folder.writeSecret(StoredTrust.SITE, stored.identity().at(address).encode());
  }

  private static boolean isOf(SiteIdentity identity, KeyPair keys) {
    return identity.certificate().getPublicKey().equals(keys.getPublic());
  }

  /** The pending key of a purpose; one of another purpose was given up. */
  private PendingKey pending(String purpose) throws IOException {
    if (folder.has(PENDING)) {
      byte[] bytes = folder.read(PENDING, TrustText.MOST_BYTES);
      try {
        PendingKey pending = PendingKey.decode(folder.what(PENDING), bytes);
        if (pending.purpose().equals(purpose)) {
          return pending;
        }
      } finally {
        Arrays.fill(bytes, (byte) 0);
      }
    }
    return renew(purpose);
  }

  private PendingKey renew(String purpose) throws IOException {
    PendingKey pending = new PendingKey(purpose, SiteKeys.generate());
    folder.writeSecret(PENDING, pending.encode());
    return pending;
  }

  private SiteIdentity take(RevocationList list, SiteIdentity identity) throws IOException {
    return folder.locked(
        () -> {
          if (isNewer(list, identity.authority())) {
            folder.write(StoredTrust.REVOCATIONS, list.encoded());
          }
          folder.writeSecret(StoredTrust.SITE, identity.encode());
          folder.remove(PENDING);
          return identity;
        });
  }

  /** Whether the list counts: always that of another authority than before. */
  private boolean isNewer(RevocationList list, X509Certificate authority) throws IOException {
    if (!folder.has(StoredTrust.REVOCATIONS)) {
      return true;
    }
    try {
      RevocationList known =
          RevocationList.decode(
              folder.what(StoredTrust.REVOCATIONS),
              folder.read(StoredTrust.REVOCATIONS, RevocationList.MOST_BYTES),
              authority);
      return known.version() < list.version();
    } catch (ProviderException e) {
      if (e.kind() == ErrorKind.CORRUPT) {
        return true; // another authority's, or damaged: this one is better
      }
      throw e;
    }
  }

  /**
   * Gets the authority's list of revoked certificates if it is newer.
   *
   * @return the number of the list that counts now
   */
  long fetchRevocations() throws IOException {
    SiteIdentity own = stored.identity();
    long known = trust.revocationVersion();
    byte[] list = client.list(trust, own, known);
    return list.length == 0 ? known : trust.offerRevocations(list);
  }
}
