// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.gcp.internal.auth;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.cloud.gcp.internal.GcsHttp;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.InstantSource;
import java.util.Base64;
import java.util.Map;

/** A service account by its key: a JWT (RFC 7519) signed with RS256 is exchanged for a token. */
final class ServiceAccount implements TokenSource {
  private static final String GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer";
  private static final String BEGIN = "-----BEGIN PRIVATE KEY-----";
  private static final String END = "-----END PRIVATE KEY-----";
  private static final long LIFE_SECONDS = 3600;

  private final String email;
  private final String keyId;
  private final String tokenUrl;
  private final PrivateKey key;
  private final InstantSource clock;

  ServiceAccount(String email, String keyId, String tokenUrl, String pem, InstantSource clock)
      throws ProviderException {
    this.email = email;
    this.keyId = keyId;
    this.tokenUrl = tokenUrl;
    this.key = key(email, pem);
    this.clock = clock;
  }

  private static PrivateKey key(String email, String pem) throws ProviderException {
    int begin = pem.indexOf(BEGIN);
    int end = pem.indexOf(END);
    try {
      if (begin < 0 || end < begin) {
        throw new IllegalArgumentException("it is no PKCS #8 PEM");
      }
      byte[] der = Base64.getMimeDecoder().decode(pem.substring(begin + BEGIN.length(), end));
      return KeyFactory.getInstance("RSA").generatePrivate(new PKCS8EncodedKeySpec(der));
    } catch (IllegalArgumentException | GeneralSecurityException e) {
      // The cause is left out: its words may show a piece of the key.
      throw new ProviderException(
          ErrorKind.INVALID,
          "Cannot read the private key of "
              + email
              + ": it is no RSA key as PKCS #8 PEM. Download the key again.");
    }
  }

  @Override
  public String name() {
    return "service account " + email;
  }

  @Override
  public Token fetch(GcsHttp http) throws ProviderException {
    return TokenCalls.form(
        http, clock, name(), tokenUrl, Map.of("grant_type", GRANT, "assertion", jwt()));
  }

  private String jwt() throws ProviderException {
    long now = clock.instant().getEpochSecond();
    ObjectNode header = JsonNodeFactory.instance.objectNode();
    header.put("alg", "RS256").put("typ", "JWT").put("kid", keyId);
    ObjectNode claims = JsonNodeFactory.instance.objectNode();
    claims.put("iss", email).put("scope", TokenCalls.SCOPE).put("aud", tokenUrl);
    claims.put("iat", now).put("exp", now + LIFE_SECONDS);
    String signed = base64(header.toString()) + "." + base64(claims.toString());
    try {
      Signature signature = Signature.getInstance("SHA256withRSA");
      signature.initSign(key);
      signature.update(signed.getBytes(StandardCharsets.US_ASCII));
      Base64.Encoder encoder = Base64.getUrlEncoder().withoutPadding();
      return signed + "." + encoder.encodeToString(signature.sign());
    } catch (GeneralSecurityException e) {
      throw new ProviderException(
          ErrorKind.INVALID,
          "Cannot sign a token request of " + email + ": its key does not sign. Make a new key.");
    }
  }

  private static String base64(String text) {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }
}
