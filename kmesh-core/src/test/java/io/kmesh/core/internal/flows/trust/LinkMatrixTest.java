// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.trust;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.core.internal.crypto.cert.CertificateMaker;
import io.kmesh.core.internal.crypto.cert.CertificateMaker.Validity;
import io.kmesh.core.internal.crypto.cert.SiteKeys;
import io.kmesh.spi.ErrorKind;
import io.kmesh.testkit.time.ManualTime;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.jcajce.JcaX509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Who must not get in: each is refused at both ends in words that help, whichever end it is, and no
 * byte of an application goes either way.
 */
class LinkMatrixTest {
  private static final Pattern SENTENCE =
      Pattern.compile(
          "Cannot (open a link to the site \\w+|accept a link): [^\\n]+\\. [A-Z][^\\n]+\\.");

  @TempDir private Path folder;

  private final ManualTime time = ManualTime.create();
  private TestMesh mesh;
  private LinkTrust lab;

  @BeforeEach
  void makeMesh() throws Exception {
    mesh = new TestMesh(folder, time);
    lab = mesh.site("lab");
  }

  /** Somebody who shows anything, or nothing, and trusts anybody. */
  private static LinkTls opens(SiteIdentity shown) {
    return new LinkTls(LinkTls.Side.OPENS, "open a link to the site lab", shown, trusting());
  }

  private static LinkTls accepts(SiteIdentity shown) {
    return new LinkTls(LinkTls.Side.ACCEPTS, "accept a link", shown, trusting());
  }

  /** Lets somebody try both ends against the site lab. */
  private void assertRefused(SiteIdentity shown, String reason) throws Exception {
    assertRefusedOnce(Loopback.shake(opens(shown), lab.accepting(site -> true)), false, reason);
    assertRefusedOnce(Loopback.shake(lab.opening("burst"), accepts(shown)), true, reason);
  }

  private static PeerTrust trusting() {
    return new PeerTrust(chain -> PeerIdentity.of("anybody", chain[0]));
  }

  private static void assertRefusedOnce(Loopback.Both both, boolean byOpening, String reason) {
    Loopback.End refuses = byOpening ? both.opened() : both.accepted();
    Loopback.End refused = byOpening ? both.accepted() : both.opened();
    assertThat(refuses.refusal()).hasMessageContaining(reason);
    assertThat(refuses.refusal().kind()).isEqualTo(ErrorKind.DENIED);
    assertThat(refused.refusal()).hasMessageContaining("the other side refuses this site");
    for (Loopback.End end : List.of(both.opened(), both.accepted())) {
      assertThat(end.refusal().getMessage()).matches(SENTENCE);
      assertThat(end.peer()).isNull();
      assertThat(end.received()).isZero();
    }
  }

  private SiteIdentity burst(KeyPair keys, X509Certificate certificate) {
    return new SiteIdentity(
        "burst", mesh.authority(), certificate, keys.getPrivate(), "localhost:1", "test");
  }

  private SiteIdentity signed(Instant from, Instant until) {
    KeyPair keys = SiteKeys.generate();
    return burst(
        keys,
        CertificateMaker.site(
            mesh.authority(),
            mesh.authorityKeys().getPrivate(),
            keys.getPublic(),
            "burst",
            CertificateMaker.serial(),
            new Validity(from, until)));
  }

  /** A certificate of the authority with anything in it. */
  private SiteIdentity odd(String name, KeyPurposeId[] usages, KeyUsage usage, boolean isAuthority)
      throws Exception {
    KeyPair keys = SiteKeys.generate();
    JcaX509v3CertificateBuilder builder =
        new JcaX509v3CertificateBuilder(
            new JcaX509CertificateHolder(mesh.authority()).getSubject(),
            BigInteger.TEN,
            Date.from(time.now()),
            Date.from(time.now().plus(TestMesh.VALID)),
            new X500Name("CN=burst"),
            keys.getPublic());
    builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(isAuthority));
    builder.addExtension(Extension.keyUsage, true, usage);
    if (usages.length > 0) {
      builder.addExtension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(usages));
    }
    if (!name.isEmpty()) {
      builder.addExtension(
          Extension.subjectAlternativeName,
          false,
          new GeneralNames(new GeneralName(GeneralName.uniformResourceIdentifier, name)));
    }
    byte[] der =
        builder
            .build(
                new JcaContentSignerBuilder("SHA256withECDSA")
                    .build(mesh.authorityKeys().getPrivate()))
            .getEncoded();
    return burst(keys, CertificateMaker.read(der));
  }

  private static final KeyPurposeId[] BOTH = {
    KeyPurposeId.id_kp_clientAuth, KeyPurposeId.id_kp_serverAuth
  };
  private static final KeyUsage SIGNS = new KeyUsage(KeyUsage.digitalSignature);
  private static final String BURST = CertificateMaker.SITE_URI + "burst";

  @Test
  void noCertificate() throws Exception {
    assertRefusedOnce(
        Loopback.shake(opens(null), lab.accepting(site -> true)),
        false,
        "the peer showed no certificate");
  }

  @Test
  void selfSigned() throws Exception {
    KeyPair keys = SiteKeys.generate();
    X509Certificate own =
        CertificateMaker.authority(
            keys, "burst", new Validity(time.now(), time.now().plus(TestMesh.VALID)));
    assertRefused(burst(keys, own), "is not signed by this mesh's authority");
  }

  @Test
  void ofAnotherAuthority_evenOfTheSameName() throws Exception {
    TestMesh other = new TestMesh(folder.resolve("other"), time);
    KeyPair keys = SiteKeys.generate();
    assertRefused(
        burst(keys, other.certificate("burst", keys)), "is not signed by this mesh's authority");
  }

  @Test
  void signedByASite() throws Exception {
    KeyPair site = SiteKeys.generate();
    KeyPair keys = SiteKeys.generate();
    X509Certificate issuer = mesh.certificate("lab", site);
    X509Certificate forged =
        CertificateMaker.site(
            issuer,
            site.getPrivate(),
            keys.getPublic(),
            "burst",
            CertificateMaker.serial(),
            new Validity(time.now(), time.now().plus(TestMesh.VALID)));
    assertRefused(
        new SiteIdentity("burst", issuer, forged, keys.getPrivate(), "localhost:1", "test"),
        "its issuer is another");
  }

  @Test
  void expired_afterTheAllowance() throws Exception {
    Instant start = time.now().minus(Duration.ofDays(2));
    assertRefused(
        signed(start, time.now().minus(PeerCheck.SKEW).minusSeconds(1)),
        "the certificate of the site burst expired at 2025-12-31T23:54:59Z");
    SiteIdentity just = signed(start, time.now().minus(PeerCheck.SKEW));
    assertThat(linked(just)).isTrue();
  }

  @Test
  void notYetValid_beforeTheAllowance() throws Exception {
    Instant end = time.now().plus(Duration.ofDays(2));
    assertRefused(
        signed(time.now().plus(PeerCheck.SKEW).plusSeconds(1), end),
        "the certificate of the site burst is valid from 2026-01-01T00:05:01Z");
    assertThat(linked(signed(time.now().plus(PeerCheck.SKEW), end))).isTrue();
  }

  private boolean linked(SiteIdentity shown) throws Exception {
    return Loopback.shake(opens(shown), lab.accepting("burst"::equals)).accepted().received() == 1;
  }

  @Test
  void revoked() throws Exception {
    SiteIdentity shown = signed(time.now(), time.now().plus(TestMesh.VALID));
    lab.offerRevocations(mesh.revoke(shown.peer()));
    assertRefused(shown, "is revoked (list 1)");
  }

  @Test
  void ofAnotherSite() throws Exception {
    LinkTrust burst = mesh.site("burst");
    LinkTrust third = mesh.site("third");
    LinkTls opens = lab.opening("burst");
    LinkTls impostor = third.accepting(site -> true);
    assertRefusedOnce(
        Loopback.shake(opens, impostor),
        true,
        "Cannot open a link to the site burst: the site third is there");
    LinkTls accepts = burst.accepting("lab"::equals);
    LinkTls stranger = third.opening("burst");
    assertRefusedOnce(
        Loopback.shake(stranger, accepts), false, "the site third has nothing to do here");
  }

  @Test
  void withoutTheUsageOfAClientOrAServer() throws Exception {
    String reason = "is not made for links";
    assertRefused(odd(BURST, new KeyPurposeId[0], SIGNS, false), reason);
    assertRefused(
        odd(BURST, new KeyPurposeId[] {KeyPurposeId.id_kp_clientAuth}, SIGNS, false), reason);
    assertRefused(
        odd(BURST, new KeyPurposeId[] {KeyPurposeId.id_kp_serverAuth}, SIGNS, false), reason);
  }

  @Test
  void ofAnAuthority_orNotForSignatures_orOfNoSite() throws Exception {
    PeerCheck check = new PeerCheck(mesh.authority(), mesh.list());
    for (SiteIdentity shown :
        List.of(
            odd(BURST, BOTH, SIGNS, true),
            odd(BURST, BOTH, new KeyUsage(KeyUsage.keyAgreement), false),
            odd("", BOTH, SIGNS, false),
            odd("urn:other:burst", BOTH, SIGNS, false),
            odd(BURST + "\n", BOTH, SIGNS, false),
            odd(CertificateMaker.SITE_URI, BOTH, SIGNS, false))) {
      assertThatThrownBy(() -> check.check(new X509Certificate[] {shown.certificate()}, time.now()))
          .isInstanceOf(PeerRefusedException.class)
          .message()
          .containsAnyOf("is not made for links", "names no site", "is not signed by");
    }
    assertThat(linked(odd(BURST, BOTH, SIGNS, false))).isTrue();
  }

  /** A peer that speaks an older TLS, with a certificate that is good. */
  @Test
  void tls12() throws Exception {
    SiteIdentity shown = signed(time.now(), time.now().plus(TestMesh.VALID));
    SSLContext context = SSLContext.getInstance("TLSv1.2");
    context.init(new KeyManager[] {new OwnKey(shown)}, new TrustManager[] {trusting()}, null);
    LinkTls accepts = lab.accepting(site -> true);
    LinkTls words = opens(null);
    Loopback.Both asClient = Loopback.shake(old(context, true), words, accepts::over, accepts);
    assertThat(asClient.accepted().refusal()).hasMessageContaining("does not speak TLS 1.3");
    assertThat(asClient.opened().refusal().getMessage()).matches(SENTENCE);
    LinkTls opens = lab.opening("burst");
    LinkTls server = accepts(null);
    Loopback.Both asServer = Loopback.shake(opens::over, opens, old(context, false), server);
    assertThat(asServer.opened().refusal()).hasMessageContaining("does not speak TLS 1.3");
    for (Loopback.Both both : List.of(asClient, asServer)) {
      assertThat(both.opened().refusal().getMessage()).matches(SENTENCE);
      assertThat(both.accepted().refusal().getMessage()).matches(SENTENCE);
      assertThat(both.opened().received() + both.accepted().received()).isZero();
    }
  }

  private static Loopback.Tls old(SSLContext context, boolean isClient) {
    return connected -> {
      SSLSocket socket =
          (SSLSocket)
              context
                  .getSocketFactory()
                  .createSocket(connected, "localhost", connected.getPort(), true);
      socket.setUseClientMode(isClient);
      socket.setEnabledProtocols(new String[] {"TLSv1.2"});
      return socket;
    };
  }

  @Test
  void whoDoesNotSpeakTls() throws Exception {
    LinkTls accepts = lab.accepting(site -> true);
    LinkTls words = opens(null);
    Loopback.Both both =
        Loopback.shake(
            connected -> {
              connected
                  .getOutputStream()
                  .write("GET / HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
              connected.shutdownOutput();
              throw new IOException("no TLS");
            },
            words,
            accepts::over,
            accepts);
    assertThat(both.accepted().refusal().getMessage()).matches(SENTENCE).contains("TLS failed");
    assertThat(both.accepted().received()).isZero();
  }
}
