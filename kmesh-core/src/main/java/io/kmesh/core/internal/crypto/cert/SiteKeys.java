// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.crypto.cert;

import java.math.BigInteger;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECFieldFp;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.EllipticCurve;
import java.security.spec.PKCS8EncodedKeySpec;

/**
 * Keys of sites: ECDSA on P-256 with SHA-256, the one kind that the JDK's TLS signs with on each
 * Java that Kmesh runs on (it knows Ed25519 as a key, not as a signature of TLS). Stateless.
 */
public final class SiteKeys {
  static final String SIGNATURE = "SHA256withECDSA";
  private static final String CURVE = "secp256r1";

  private static final ECParameterSpec P256 = p256();

  private SiteKeys() {}

  /** Makes a new key pair. */
  public static KeyPair generate() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec(CURVE));
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Every Java has keys on P-256.", e);
    }
  }

  /**
   * Reads a private key.
   *
   * @param pkcs8 its PKCS #8 form; the caller wipes it
   * @param whose the public key that must be its other half
   * @throws GeneralSecurityException when it is none, or that of another public key; says nothing
   *     of its bytes
   */
  public static PrivateKey decode(byte[] pkcs8, PublicKey whose) throws GeneralSecurityException {
    requireP256(whose);
    PrivateKey key;
    boolean isPair;
    try {
      key = KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
      byte[] challenge = "kmesh-key-pair".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
      Signature signature = Signature.getInstance(SIGNATURE);
      signature.initSign(key);
      signature.update(challenge);
      byte[] signed = signature.sign();
      signature.initVerify(whose);
      signature.update(challenge);
      isPair = signature.verify(signed);
    } catch (GeneralSecurityException | RuntimeException e) {
      // Without the cause: providers quote what they could not parse.
      throw new GeneralSecurityException("the private key is not one on P-256 in PKCS #8");
    }
    if (!isPair) {
      throw new GeneralSecurityException("the private key is not that of the certificate");
    }
    return key;
  }

  /** The SHA-256 of a public key's X.509 form: what a key is known by. */
  public static byte[] digest(PublicKey key) {
    return sha256(key.getEncoded());
  }

  /** SHA-256. */
  public static byte[] sha256(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Every Java has SHA-256.", e);
    }
  }

  /**
   * Refuses a key that is not a point of P-256.
   *
   * @throws GeneralSecurityException saying what it is instead
   */
  public static void requireP256(PublicKey key) throws GeneralSecurityException {
    if (!(key instanceof ECPublicKey point)) {
      throw new GeneralSecurityException("its key is " + key.getAlgorithm() + ", not EC on P-256");
    }
    ECParameterSpec is = point.getParams();
    if (!is.getCurve().equals(P256.getCurve())
        || !is.getGenerator().equals(P256.getGenerator())
        || !is.getOrder().equals(P256.getOrder())
        || is.getCofactor() != P256.getCofactor()) {
      throw new GeneralSecurityException("its key is EC on another curve than P-256");
    }
    if (!isOnCurve(point.getW(), P256.getCurve())) {
      throw new GeneralSecurityException("its key is no point of P-256");
    }
  }

  /** Whether y^2 = x^3 + ax + b: a point elsewhere would give a signature's verifier away. */
  private static boolean isOnCurve(ECPoint point, EllipticCurve curve) {
    if (point.equals(ECPoint.POINT_INFINITY)) {
      return false;
    }
    BigInteger p = ((ECFieldFp) curve.getField()).getP();
    BigInteger x = point.getAffineX();
    BigInteger y = point.getAffineY();
    if (x.signum() < 0 || x.compareTo(p) >= 0 || y.signum() < 0 || y.compareTo(p) >= 0) {
      return false;
    }
    BigInteger right = x.pow(3).add(curve.getA().multiply(x)).add(curve.getB()).mod(p);
    return y.pow(2).mod(p).equals(right);
  }

  private static ECParameterSpec p256() {
    try {
      AlgorithmParameters parameters = AlgorithmParameters.getInstance("EC");
      parameters.init(new ECGenParameterSpec(CURVE));
      return parameters.getParameterSpec(ECParameterSpec.class);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Every Java has P-256.", e);
    }
  }
}
