// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.crypto.cert;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PublicKey;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.pkcs.PKCS10CertificationRequest;
import org.bouncycastle.pkcs.PKCSException;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequest;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;

/**
 * A request for a certificate (PKCS #10): shows that who asks has the private key. Of what else it
 * says nothing is taken over: the name comes from the token or from the certificate before.
 */
public final class SigningRequest {
  /** The most bytes of a request; one on P-256 has some 300. */
  public static final int MOST_BYTES = 2048;

  private SigningRequest() {}

  /** A request of a key pair. */
  public static byte[] make(KeyPair keys, String site) {
    try {
      return new JcaPKCS10CertificationRequestBuilder(
              new X500NameBuilder().addRDN(BCStyle.CN, site).build(), keys.getPublic())
          .build(new JcaContentSignerBuilder(SiteKeys.SIGNATURE).build(keys.getPrivate()))
          .getEncoded();
    } catch (IOException | OperatorCreationException e) {
      throw new IllegalStateException("Cannot make a request for the site " + site + ".", e);
    }
  }

  /**
   * The public key of a request.
   *
   * @throws GeneralSecurityException when it is no request, its key is not on P-256, or who made it
   *     has not the private key
   */
  public static PublicKey verify(byte[] request) throws GeneralSecurityException {
    if (request.length > MOST_BYTES) {
      throw new GeneralSecurityException(
          "the request has " + request.length + " bytes, more than " + MOST_BYTES);
    }
    try {
      PKCS10CertificationRequest read = new PKCS10CertificationRequest(request);
      PublicKey key = new JcaPKCS10CertificationRequest(read).getPublicKey();
      SiteKeys.requireP256(key);
      if (!read.isSignatureValid(new JcaContentVerifierProviderBuilder().build(key))) {
        throw new GeneralSecurityException("the request is not signed by its own key");
      }
      return key;
    } catch (IOException | PKCSException | OperatorCreationException | RuntimeException e) {
      throw new GeneralSecurityException("it is no request of a key on P-256 (PKCS #10)", e);
    }
  }
}
