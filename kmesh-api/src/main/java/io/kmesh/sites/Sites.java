// SPDX-License-Identifier: Apache-2.0
package io.kmesh.sites;

import io.kmesh.KmeshException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * This site and the others of its mesh. One site keeps the authority that signs the certificates of
 * all: it makes a token for each that is to join, which counts once. Certificates are renewed, and
 * the list of those that were revoked is fetched, while a Kmesh with an identity is open.
 * Thread-safe.
 *
 * <p>Every call throws a {@link KmeshException} that says what to do when this Kmesh was opened
 * without a folder for its identity, or the call can't be done.
 */
public interface Sites {
  /** Who this site is; empty when it is not enrolled, or has no folder for its identity. */
  Optional<SiteCertificate> self();

  /**
   * Makes an authority here, and this the first site of its mesh.
   *
   * @param site this site's name: 1 to 64 of {@code A-Z a-z 0-9 . _ -}, the first a letter or digit
   * @param address where others come to enrol, {@code host:port}
   */
  SiteCertificate createAuthority(String site, String address);

  /**
   * Makes a token by which one site may join, once. It is kept nowhere; only where the authority
   * is.
   *
   * @param validFor a second to 30 days
   */
  String issueToken(String site, Duration validFor);

  /** Joins a mesh by a token. After a lost answer the same token goes on. */
  SiteCertificate enrol(String token);

  /** Gets this site a new key and certificate now; running flows go on with the old one. */
  SiteCertificate rotate();

  /** Revokes a site and ends its sessions; only where the authority is. */
  void revoke(String site);

  /**
   * Remembers where a site's agent listens; a later address takes the place of an earlier one.
   *
   * @param address {@code host:port}
   */
  void reach(String site, String address);

  /** The sites whose addresses are known, by name. */
  Map<String, String> addresses();

  /** Where this Kmesh listens for flows of other sites; empty when it does not. */
  Optional<String> listening();
}
