// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.crypto.cert;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Date;
import java.util.Map;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.CRLNumber;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.X509v2CRLBuilder;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** Makes certificates and lists of revoked ones. Times are cut to whole seconds. Thread-safe. */
public final class CertificateMaker {
  /** What stands before a site's name in its certificate, where web names stand in others. */
  public static final String SITE_URI = "urn:kmesh:site:";

  /** The bytes of a serial number: random, positive, at most 20 as RFC 5280 has it. */
  private static final int SERIAL_BYTES = 16;

  private static final SecureRandom RANDOM = new SecureRandom();

  private CertificateMaker() {}

  /** What a certificate is valid for. */
  public record Validity(Instant from, Instant until) {
    /** Refuses an empty one. */
    public Validity {
      if (!from.isBefore(until)) {
        throw new IllegalArgumentException(
            "Cannot make a certificate valid from "
                + from
                + " until "
                + until
                + ": that is no time. Give a longer validity.");
      }
    }
  }

  /** A new random serial number of 127 bits. */
  public static BigInteger serial() {
    byte[] bytes = new byte[SERIAL_BYTES];
    RANDOM.nextBytes(bytes);
    bytes[0] = (byte) ((bytes[0] & 0x7f) | 0x40);
    return new BigInteger(1, bytes);
  }

  /** An authority's own certificate: signs sites and lists, and no further authority. */
  public static X509Certificate authority(KeyPair keys, String name, Validity validity) {
    try {
      X500Name subject =
          new X500NameBuilder().addRDN(BCStyle.O, "Kmesh").addRDN(BCStyle.CN, name).build();
      X509v3CertificateBuilder builder =
          new JcaX509v3CertificateBuilder(
              subject,
              serial(),
              Date.from(validity.from()),
              Date.from(validity.until()),
              subject,
              keys.getPublic());
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(0));
      builder.addExtension(
          Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
      builder.addExtension(
          Extension.subjectKeyIdentifier,
          false,
          new JcaX509ExtensionUtils().createSubjectKeyIdentifier(keys.getPublic()));
      return read(builder.build(signer(keys.getPrivate())).getEncoded());
    } catch (GeneralSecurityException | IOException | OperatorCreationException e) {
      throw new IllegalStateException("Cannot make an authority's certificate.", e);
    }
  }

  /**
   * A site's certificate: it may open and accept links under its name.
   *
   * @param key on P-256
   */
  public static X509Certificate site(
      X509Certificate authority,
      PrivateKey authorityKey,
      PublicKey key,
      String site,
      BigInteger serial,
      Validity validity) {
    try {
      X509v3CertificateBuilder builder =
          new JcaX509v3CertificateBuilder(
              new JcaX509CertificateHolder(authority).getSubject(),
              serial,
              Date.from(validity.from()),
              Date.from(validity.until()),
              new X500NameBuilder().addRDN(BCStyle.O, "Kmesh").addRDN(BCStyle.CN, site).build(),
              key);
      JcaX509ExtensionUtils extensions = new JcaX509ExtensionUtils();
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
      builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
      builder.addExtension(
          Extension.extendedKeyUsage,
          false,
          new ExtendedKeyUsage(
              new KeyPurposeId[] {KeyPurposeId.id_kp_clientAuth, KeyPurposeId.id_kp_serverAuth}));
      builder.addExtension(
          Extension.subjectAlternativeName,
          false,
          new GeneralNames(
              new GeneralName(GeneralName.uniformResourceIdentifier, SITE_URI + site)));
      builder.addExtension(
          Extension.authorityKeyIdentifier,
          false,
          extensions.createAuthorityKeyIdentifier(authority.getPublicKey()));
      return read(builder.build(signer(authorityKey)).getEncoded());
    } catch (GeneralSecurityException | IOException | OperatorCreationException e) {
      throw new IllegalStateException("Cannot make the certificate of the site " + site + ".", e);
    }
  }

  /**
   * A list of revoked certificates (RFC 5280).
   *
   * @param number its version, growing
   * @param revoked when each serial number was revoked
   */
  public static X509CRL revocations(
      X509Certificate authority,
      PrivateKey authorityKey,
      long number,
      Instant now,
      Instant next,
      Map<BigInteger, Instant> revoked) {
    try {
      X509v2CRLBuilder builder =
          new X509v2CRLBuilder(
              new JcaX509CertificateHolder(authority).getSubject(), Date.from(now));
      builder.setNextUpdate(Date.from(next));
      revoked.forEach((serial, when) -> builder.addCRLEntry(serial, Date.from(when), 0));
      builder.addExtension(Extension.cRLNumber, false, new CRLNumber(BigInteger.valueOf(number)));
      byte[] encoded = builder.build(signer(authorityKey)).getEncoded();
      return (X509CRL) factory().generateCRL(new ByteArrayInputStream(encoded));
    } catch (GeneralSecurityException | IOException | OperatorCreationException e) {
      throw new IllegalStateException("Cannot make a list of revoked certificates.", e);
    }
  }

  /**
   * Reads one certificate.
   *
   * @param der exactly its DER form
   */
  public static X509Certificate read(byte[] der) throws CertificateException {
    X509Certificate certificate =
        (X509Certificate) factory().generateCertificate(new ByteArrayInputStream(der));
    if (!java.util.Arrays.equals(certificate.getEncoded(), der)) {
      throw new CertificateException("there is more than one certificate in DER");
    }
    return certificate;
  }

  private static CertificateFactory factory() throws CertificateException {
    return CertificateFactory.getInstance("X.509");
  }

  private static ContentSigner signer(PrivateKey key) throws OperatorCreationException {
    return new JcaContentSignerBuilder(SiteKeys.SIGNATURE).build(key);
  }
}
