// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.trust;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What a site's folder says now: read again whenever another process has replaced a file of it.
 * Thread-safe.
 */
final class StoredTrust {
  static final String AUTHORITY = "authority";
  static final String SITE = "site";
  static final String REVOCATIONS = "revocations.crl";

  private final TrustFolder folder;
  private @Nullable Read<SiteIdentity> identity;
  private @Nullable Read<RevocationList> revocations;
  private @Nullable Read<AuthorityKey> authority;

  private record Read<T>(TrustFolder.Stamp stamp, T value) {}

  StoredTrust(TrustFolder folder) {
    this.folder = folder;
  }

  /** The site's identity. */
  synchronized SiteIdentity identity() throws IOException {
    TrustFolder.Stamp stamp = folder.stamp(SITE);
    Read<SiteIdentity> read = identity;
    if (read == null || !read.stamp().equals(stamp)) {
      byte[] bytes = folder.read(SITE, TrustText.MOST_BYTES);
      try {
        read = new Read<>(stamp, SiteIdentity.decode(folder.what(SITE), bytes));
      } finally {
        Arrays.fill(bytes, (byte) 0);
      }
      identity = read;
    }
    return read.value();
  }

  boolean hasAuthority() {
    return folder.has(AUTHORITY);
  }

  /** The authority that lives here. */
  synchronized AuthorityKey authority() throws IOException {
    if (!hasAuthority()) {
      throw new ProviderException(
          ErrorKind.NOT_FOUND,
          "Cannot act as the authority in "
              + folder.path()
              + ": none lives there. Do this on the site that created it.");
    }
    TrustFolder.Stamp stamp = folder.stamp(AUTHORITY);
    Read<AuthorityKey> read = authority;
    if (read == null || !read.stamp().equals(stamp)) {
      byte[] bytes = folder.read(AUTHORITY, TrustText.MOST_BYTES);
      try {
        read = new Read<>(stamp, AuthorityKey.decode(folder.what(AUTHORITY), bytes));
      } finally {
        Arrays.fill(bytes, (byte) 0);
      }
      authority = read;
    }
    return read.value();
  }

  /** The newest list of revoked certificates that this site has. Without one nobody is trusted. */
  synchronized RevocationList revocations() throws IOException {
    TrustFolder.Stamp stamp = folder.stamp(REVOCATIONS);
    Read<RevocationList> read = revocations;
    if (read == null || !read.stamp().equals(stamp)) {
      byte[] bytes = folder.read(REVOCATIONS, RevocationList.MOST_BYTES);
      read =
          new Read<>(
              stamp,
              RevocationList.decode(
                  folder.what(REVOCATIONS),
                  bytes,
                  hasAuthority() ? authority().certificate() : identity().authority()));
      revocations = read;
    }
    return read.value();
  }

  /**
   * Takes a list over if it is newer.
   *
   * @return the one that counts from now on
   */
  RevocationList offer(RevocationList list) throws IOException {
    return folder.locked(
        () -> {
          RevocationList known = revocations();
          if (known.version() == list.version()
              && !Arrays.equals(known.encoded(), list.encoded())) {
            throw new ProviderException(
                ErrorKind.CORRUPT,
                "Cannot use a list of revoked certificates: the authority signed two different ones"
                    + " as number "
                    + list.version()
                    + ". Look whether two copies of the authority's folder are in use.");
          }
          if (known.version() >= list.version()) {
            return known;
          }
          folder.write(REVOCATIONS, list.encoded());
          return list;
        });
  }
}
