// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.trust;

import io.kmesh.core.internal.crypto.cert.CertificateMaker;
import io.kmesh.core.internal.crypto.cert.CertificateMaker.Validity;
import io.kmesh.core.internal.crypto.cert.SiteKeys;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.cert.CRLException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;

/** Sites of one authority without any enrolment: for tests of what stands on trust. */
public final class TestMesh {
  /** How long its certificates are valid. */
  public static final Duration VALID = Duration.ofDays(90);

  private final Path folder;
  private final KmeshTime time;
  private final KeyPair keys = SiteKeys.generate();
  private final X509Certificate authority;
  private final Map<BigInteger, Instant> revoked = new TreeMap<>();
  private long version;

  /** An authority whose sites have folders below one. */
  public TestMesh(Path folder, KmeshTime time) {
    this.folder = folder;
    this.time = time;
    this.authority =
        CertificateMaker.authority(
            keys, "test", new Validity(time.now(), time.now().plus(Duration.ofDays(3650))));
  }

  /** A site with a new key and a good certificate. */
  public LinkTrust site(String name) throws IOException {
    KeyPair own = SiteKeys.generate();
    return site(
        name,
        new SiteIdentity(
            name, authority, certificate(name, own), own.getPrivate(), "localhost:1", "test"));
  }

  /** A site with any identity. */
  LinkTrust site(String name, SiteIdentity identity) throws IOException {
    TrustFolder site = new TrustFolder(folder.resolve(name), TrustFolder.Steps.NONE);
    site.create();
    site.write(StoredTrust.REVOCATIONS, list().encoded());
    site.write(StoredTrust.SITE, identity.encode());
    return new LinkTrust(new StoredTrust(site), time);
  }

  /** Signs a list with all that were revoked and one more; sites must be offered it. */
  public byte[] revoke(PeerIdentity peer) throws IOException {
    revoked.put(peer.serial(), time.now());
    version++;
    return list().encoded();
  }

  RevocationList list() throws IOException {
    try {
      byte[] der =
          CertificateMaker.revocations(
                  authority,
                  keys.getPrivate(),
                  version,
                  time.now(),
                  time.now().plus(Duration.ofDays(7)),
                  revoked)
              .getEncoded();
      return RevocationList.decode("the list", der, authority);
    } catch (CRLException e) {
      throw new IOException(e);
    }
  }

  X509Certificate certificate(String name, KeyPair own) {
    return CertificateMaker.site(
        authority,
        keys.getPrivate(),
        own.getPublic(),
        name,
        CertificateMaker.serial(),
        new Validity(time.now(), time.now().plus(VALID)));
  }

  X509Certificate authority() {
    return authority;
  }

  KeyPair authorityKeys() {
    return keys;
  }
}
