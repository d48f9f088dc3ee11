// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.trust;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.core.internal.crypto.cert.SigningRequest;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/**
 * What is stored and sent, against vectors that Python's {@code cryptography} made, and against
 * damage: a value, or an error that names what it is of and quotes nothing of it.
 */
class TrustFormatTest {
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
  private static final String TOKEN_ID = "0102030405060708";

  private static byte[] vector(String name) {
    try (InputStream in = TrustFormatTest.class.getResourceAsStream("/flows/trust/" + name)) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static String text(String name) {
    return new String(vector(name), StandardCharsets.US_ASCII);
  }

  private static Map<String, byte[]> messages() {
    Map<String, byte[]> all = new LinkedHashMap<>();
    text("messages.txt")
        .lines()
        .forEach(
            line -> {
              String[] parts = line.split(" ", -1);
              all.put(parts[0], HexFormat.of().parseHex(parts[1]));
            });
    return all;
  }

  @Test
  void authority_vector() throws Exception {
    AuthorityKey read = AuthorityKey.decode("it", vector("authority"));
    assertThat(read.address()).isEqualTo("lab.example:7443");
    assertThat(read.validity()).isEqualTo(Duration.ofDays(90));
    AuthorityKey again = AuthorityKey.decode("it", read.encode());
    assertThat(again.certificate()).isEqualTo(read.certificate());
    assertThat(again.key()).isEqualTo(read.key());
  }

  @Test
  void site_vector_isGoodForLinks_untilItIsRevoked() throws Exception {
    SiteIdentity read = SiteIdentity.decode("it", vector("site"));
    assertThat(read.site()).isEqualTo("burst");
    assertThat(read.origin()).isEqualTo(TOKEN_ID);
    assertThat(SiteIdentity.decode("it", read.encode()).peer()).isEqualTo(read.peer());
    X509Certificate[] chain = {read.certificate()};
    assertThat(new PeerCheck(read.authority(), null).check(chain, START).site()).isEqualTo("burst");
    RevocationList list = RevocationList.decode("it", vector("revocations.crl"), read.authority());
    assertThat(list.version()).isEqualTo(300);
    assertThat(list.signedAt()).isEqualTo(START);
    assertThat(list.encoded()).isEqualTo(vector("revocations.crl"));
    assertThatThrownBy(() -> new PeerCheck(read.authority(), list).check(chain, START))
        .hasMessageContaining("serial number 4b02 is revoked (list 300)");
  }

  @Test
  void pending_certificate_tokens_vectors() throws Exception {
    PendingKey pending = PendingKey.decode("it", vector("pending"));
    assertThat(pending.purpose()).isEqualTo(TOKEN_ID);
    assertThat(PendingKey.decode("it", pending.encode()).keys().getPublic())
        .isEqualTo(pending.keys().getPublic());
    CertificateRecord certificate = CertificateRecord.decode("it", vector("certificate"));
    assertThat(certificate.encode()).isEqualTo(vector("certificate"));
    assertThat(certificate.serial()).isEqualTo(0x4b02);
    for (String name : List.of("token-open", "token-used", "token-revoked")) {
      assertThat(TokenRecord.decode("it", vector(name)).encode()).isEqualTo(vector(name));
    }
    TokenRecord used = TokenRecord.decode("it", vector("token-used"));
    assertThat(used.key()).contains(certificate.key());
    assertThat(used.status(START).state()).isEqualTo(TokenStatus.State.USED);
    assertThat(used.status(START).refusals()).isEqualTo(2);
    TokenRecord open = TokenRecord.decode("it", vector("token-open"));
    assertThat(open.status(START).state()).isEqualTo(TokenStatus.State.OPEN);
    assertThat(open.status(open.expires()).state()).isEqualTo(TokenStatus.State.EXPIRED);
    assertThat(
            new TrustText("revoked").put("site", "burst").put("revoked", START.toString()).bytes())
        .isEqualTo(vector("revoked"));
  }

  @Test
  void token_vector() throws Exception {
    EnrolmentToken token = EnrolmentToken.parse(" " + text("token.txt") + "\n");
    assertThat(token.text()).isEqualTo(text("token.txt"));
    assertThat(token.id()).isEqualTo(TOKEN_ID);
    assertThat(token.site()).isEqualTo("burst");
    assertThat(token.address()).isEqualTo("lab.example:7443");
    assertThat(token.expires()).isEqualTo(START.plus(Duration.ofHours(1)));
    assertThat(token.authority())
        .isEqualTo(
            PeerIdentity.fingerprint(AuthorityKey.decode("it", vector("authority")).certificate()));
    assertThat(TokenRecord.of(token, START).encode()).isEqualTo(vector("token-open"));
    assertThat(token).hasToString("EnrolmentToken(0102030405060708, burst, ****)");
  }

  @Test
  void messages_vectors() throws Exception {
    Map<String, byte[]> all = messages();
    assertThat(all).hasSize(TrustMessage.Type.values().length);
    for (Map.Entry<String, byte[]> entry : all.entrySet()) {
      TrustMessage read = TrustMessage.decode(entry.getValue());
      assertThat(read.type()).hasToString(entry.getKey());
      assertThat(read.encode()).isEqualTo(entry.getValue());
      assertThat(entry.getValue().length).isLessThanOrEqualTo(read.type().mostBytes());
    }
    EnrolmentToken token = EnrolmentToken.parse(text("token.txt"));
    SiteIdentity site = SiteIdentity.decode("it", vector("site"));
    byte[] first = new byte[32];
    byte[] second = new byte[32];
    Arrays.fill(first, (byte) 0x11);
    Arrays.fill(second, (byte) 0x22);
    assertThat(TrustMessage.decode(all.get("PROOF")).parts()[0])
        .isEqualTo(
            TrustWire.proof(
                token.verifier(),
                token.idBytes(),
                first,
                second,
                PeerIdentity.digest(site.certificate())));
    assertThat(SigningRequest.verify(TrustMessage.decode(all.get("ENROL")).parts()[1]))
        .isEqualTo(site.certificate().getPublicKey());
    assertThat(TrustMessage.decode(all.get("REFUSED")).text()).isEqualTo("Cannot do it: no. Ask.");
    assertThat(TrustMessage.refused("\u001b[2Jä\n").text()).isEqualTo("?[2Jä?");
  }

  @Test
  void aNewerVersion_isRefusedAsSuch() {
    for (String name : List.of("authority", "site", "pending", "certificate", "token-open")) {
      byte[] newer = text(name).replaceFirst(" 0\n", " 1\n").getBytes(StandardCharsets.US_ASCII);
      assertThatThrownBy(() -> decode(name, newer))
          .hasMessageContaining("its version is not 0")
          .extracting("kind")
          .isEqualTo(ErrorKind.UNSUPPORTED);
    }
  }

  private static Object decode(String name, byte[] bytes) throws ProviderException {
    return switch (name) {
      case "authority" -> AuthorityKey.decode("it", bytes);
      case "site" -> SiteIdentity.decode("it", bytes);
      case "pending" -> PendingKey.decode("it", bytes);
      case "certificate" -> CertificateRecord.decode("it", bytes);
      default -> TokenRecord.decode("it", bytes);
    };
  }

  private static final List<String> RECORDS =
      List.of("authority", "site", "pending", "certificate", "token-open", "token-used");

  private interface Decoding {
    Object run() throws ProviderException;
  }

  private static void valueOrDamage(Decoding decoding, String secret) {
    try {
      assertThat(decoding.run()).isNotNull();
    } catch (ProviderException e) {
      assertThat(e.kind()).isIn(ErrorKind.CORRUPT, ErrorKind.UNSUPPORTED, ErrorKind.INVALID);
      for (Throwable t = e; t != null; t = t.getCause()) {
        assertThat(String.valueOf(t)).hasSizeLessThan(2000);
        assertThat(secret.isEmpty() || !String.valueOf(t).contains(secret)).isTrue();
      }
    }
  }

  /** With the checksum made right again, so that the fields are what is damaged. */
  private static byte[] sealed(String body) {
    java.util.zip.CRC32C crc = new java.util.zip.CRC32C();
    crc.update(body.getBytes(StandardCharsets.ISO_8859_1));
    return (body + String.format("check %08x\n", crc.getValue()))
        .getBytes(StandardCharsets.ISO_8859_1);
  }

  @Tag("fuzz")
  @Property(tries = 1_500)
  void records_damagedAnywhere_areAValue_orDamage(
      @ForAll @IntRange(max = 5) int which,
      @ForAll @IntRange(max = 2000) int at,
      @ForAll byte value,
      @ForAll @IntRange(max = 2000) int length,
      @ForAll boolean isSealed) {
    String name = RECORDS.get(which);
    byte[] bytes = vector(name);
    String all = text(name);
    int key = all.indexOf("\nkey ");
    String secret = key < 0 || which == 5 ? "" : all.substring(key + 60, key + 120);
    byte[] body =
        isSealed
            ? all.substring(0, all.lastIndexOf("check ")).getBytes(StandardCharsets.ISO_8859_1)
            : bytes;
    body[at % body.length] = value;
    byte[] damaged =
        isSealed
            ? sealed(new String(body, StandardCharsets.ISO_8859_1))
            : Arrays.copyOf(body, Math.min(body.length, length));
    valueOrDamage(() -> decode(name, damaged), secret);
  }

  @Tag("fuzz")
  @Property(tries = 3_000)
  void messages_damagedAnywhere_areAValue_orDamage(
      @ForAll @IntRange(max = 8) int which,
      @ForAll @IntRange(max = 2000) int at,
      @ForAll byte value,
      @ForAll @IntRange(max = 2000) int length) {
    byte[] bytes = List.copyOf(messages().values()).get(which);
    bytes[at % bytes.length] = value;
    valueOrDamage(
        () -> {
          TrustMessage read =
              TrustMessage.decode(Arrays.copyOf(bytes, Math.min(bytes.length, length)));
          assertThat(TrustMessage.decode(read.encode()).type()).isEqualTo(read.type());
          return read.type() == TrustMessage.Type.REFUSED ? read.text() : read;
        },
        "");
  }

  @Tag("fuzz")
  @Property(tries = 1_000)
  void messages_ofAnyBytes(@ForAll @Size(max = 200) byte[] bytes) {
    valueOrDamage(() -> TrustMessage.decode(bytes), "");
  }

  @Tag("fuzz")
  @Property(tries = 1_500)
  void tokens_damagedAnywhere_areRefused(
      @ForAll @IntRange(max = 200) int at,
      @ForAll byte value,
      @ForAll @IntRange(max = 200) int length) {
    byte[] bytes = vector("token.txt");
    bytes[at % bytes.length] = value;
    String damaged =
        new String(bytes, 0, Math.min(bytes.length, length), StandardCharsets.ISO_8859_1);
    String secret = text("token.txt").substring(25, 45);
    if (!damaged.strip().equals(text("token.txt"))) {
      assertThatThrownBy(() -> EnrolmentToken.parse(damaged))
          .isInstanceOf(ProviderException.class)
          .hasMessageStartingWith("Cannot use the token: ")
          .message()
          .doesNotContain(secret);
    }
  }

  @Test
  void list_withUnusedBitsInItsSignature_isDamage() {
    byte[] list = vector("revocations.crl");
    int unusedBits = list.length - 0x47;
    assertThat(list[unusedBits]).isZero();
    assertThat(list[unusedBits - 2]).isEqualTo((byte) 3);
    for (int bits = 1; bits < 8; bits++) {
      list[unusedBits] = (byte) bits;
      assertThatThrownBy(() -> RevocationList.decode("it", list, AUTHORITY))
          .isInstanceOf(ProviderException.class);
    }
  }

  @Tag("fuzz")
  @Property(tries = 600)
  void listsAndRequests_damagedAnywhere_areDamage(
      @ForAll @IntRange(max = 400) int at,
      @ForAll byte value,
      @ForAll @IntRange(max = 400) int length)
      throws Exception {
    X509Certificate authority = AUTHORITY;
    byte[] list = vector("revocations.crl");
    byte[] good = list.clone();
    list[at % list.length] = value;
    byte[] damaged = Arrays.copyOf(list, Math.min(list.length, length));
    if (!Arrays.equals(damaged, good)) {
      assertThatThrownBy(() -> RevocationList.decode("it", damaged, authority))
          .isInstanceOf(ProviderException.class);
    }
    byte[] request = TrustMessage.decode(messages().get("ENROL")).parts()[1];
    byte[] whole = request.clone();
    request[at % request.length] = value;
    byte[] cut = Arrays.copyOf(request, Math.min(request.length, length));
    if (!Arrays.equals(cut, whole)) {
      try {
        // An ECDSA signature has more than one encoding; what is signed has one.
        assertThat(SigningRequest.verify(cut)).isEqualTo(SigningRequest.verify(whole));
      } catch (java.security.GeneralSecurityException e) {
        assertThat(e.getMessage()).isNotBlank();
      }
    }
  }

  private static final X509Certificate AUTHORITY = authority();

  private static X509Certificate authority() {
    try {
      return AuthorityKey.decode("it", vector("authority")).certificate();
    } catch (ProviderException e) {
      throw new AssertionError(e);
    }
  }
}
