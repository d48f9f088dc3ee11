// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.trust;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.core.internal.observe.Observers;
import io.kmesh.spi.ErrorKind;
import io.kmesh.testkit.observe.RecordingObserver;
import io.kmesh.testkit.time.ManualTime;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An authority and its sites over loopback: joining, rotating, being revoked. */
class SiteTrustTest {
  private static final Duration HOUR = Duration.ofHours(1);

  @TempDir private Path folder;

  private final ManualTime time = ManualTime.create();
  private final RecordingObserver observer = new RecordingObserver();
  private SiteTrust lab;
  private TrustListener listener;

  @BeforeEach
  void makeAuthority() throws Exception {
    lab = site("lab");
    lab.createAuthority("lab", "localhost:1", SiteTrust.VALIDITY);
    listener = lab.listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    lab.authorityAt("127.0.0.1:" + listener.address().getPort());
  }

  @AfterEach
  void close() throws Exception {
    listener.close();
  }

  private SiteTrust site(String name) {
    return SiteTrust.at(folder.resolve(name), time, observer);
  }

  private SiteTrust enrolled(String name) throws Exception {
    SiteTrust site = site(name);
    site.enrol(EnrolmentToken.parse(lab.issueToken(name, HOUR).text()));
    return site;
  }

  private static void assertLinked(SiteTrust from, SiteTrust to) throws Exception {
    Loopback.Both both =
        Loopback.shake(
            from.links().opening(to.show().self().site()), to.links().accepting(site -> true));
    assertThat(both.opened()).isEqualTo(new Loopback.End(to.show().self(), null, 1));
    assertThat(both.accepted()).isEqualTo(new Loopback.End(from.show().self(), null, 1));
  }

  @Test
  void enrol_thenLink() throws Exception {
    SiteTrust burst = enrolled("burst");
    assertLinked(lab, burst);
    assertLinked(burst, lab);
    SiteTrust.Status status = burst.show();
    assertThat(status.self().site()).isEqualTo("burst");
    assertThat(status.self().expires()).isEqualTo(time.now().plus(SiteTrust.VALIDITY));
    assertThat(status.authority()).isEqualTo(lab.show().authority());
    assertThat(status.isAuthority()).isFalse();
    assertThat(lab.show().isAuthority()).isTrue();
    assertThat(lab.tokens()).hasSize(1);
    assertThat(lab.tokens().get(0).state()).isEqualTo(TokenStatus.State.USED);
    assertThat(lab.tokens().get(0).used()).isEqualTo(Optional.of(time.now()));
    assertThat(lab.certificates()).hasSize(2);
    assertThat(burst.links().self()).isEqualTo(status.self());
  }

  @Test
  void files_areTheOwners() throws Exception {
    enrolled("burst");
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path path : all.filter(p -> !p.equals(folder)).toList()) {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
            .isEqualTo(Files.isDirectory(path) ? "rwx------" : "rw-------");
      }
    }
  }

  @Test
  void secret_isNowhereButInTheText() throws Exception {
    EnrolmentToken token = lab.issueToken("burst", HOUR);
    byte[] secret = token.secret();
    SiteTrust burst = site("burst");
    burst.enrol(token);
    assertThatThrownBy(() -> site("thief").enrol(token)).isInstanceOf(Exception.class);
    String plain = new String(secret, StandardCharsets.ISO_8859_1);
    String hex = java.util.HexFormat.of().formatHex(secret);
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path path : all.filter(Files::isRegularFile).toList()) {
        String content = Files.readString(path, StandardCharsets.ISO_8859_1);
        assertThat(content).doesNotContain(plain).doesNotContain(hex);
        assertThat(content).doesNotContain(token.text().substring(30, 60));
      }
    }
    assertThat(observer.events().toString() + token + lab.tokens())
        .doesNotContain(hex)
        .doesNotContain(token.text().substring(30, 60));
  }

  @Test
  void token_usedTwice_isRefused_andRecorded() throws Exception {
    EnrolmentToken token = lab.issueToken("burst", HOUR);
    site("burst").enrol(token);
    SiteTrust thief = site("thief");
    assertThatThrownBy(() -> thief.enrol(token))
        .hasMessage(
            "Cannot enrol the site burst with the token "
                + token.id()
                + ": it was used already, by another key. Ask the authority for a new one, and tell"
                + " it if you did not use this one before.")
        .extracting("kind")
        .isEqualTo(ErrorKind.DENIED);
    TokenStatus status = lab.tokens().get(0);
    assertThat(status.refusals()).isEqualTo(1);
    assertThat(status.lastRefusal()).contains(time.now());
    assertThat(observer.events("trust.token.refused")).hasSize(1);
    assertThat(lab.certificates()).hasSize(2);
    assertThatThrownBy(thief::show).hasMessageContaining("it does not exist");
  }

  @Test
  void token_expired_revoked_orUnknown_isRefused() throws Exception {
    EnrolmentToken revoked = lab.issueToken("burst", HOUR);
    lab.revokeToken(revoked.id());
    lab.revokeToken(revoked.id());
    assertThatThrownBy(() -> site("burst").enrol(revoked))
        .hasMessageContaining(revoked.id() + ": it was revoked. Ask");
    EnrolmentToken late = lab.issueToken("burst", HOUR);
    time.advance(HOUR);
    assertThatThrownBy(() -> site("burst").enrol(late))
        .hasMessageContaining(late.id() + ": it expired at ");
    EnrolmentToken foreign =
        EnrolmentToken.make(
            java.util.HexFormat.of().parseHex(lab.show().authority()),
            time.now().plus(HOUR),
            "burst",
            lab.show().address());
    assertThatThrownBy(() -> site("burst").enrol(foreign))
        .hasMessage(
            "Cannot enrol with the token "
                + foreign.id()
                + ": this authority did not issue it. Ask it for a new one.");
    assertThat(lab.tokens().stream().map(TokenStatus::state))
        .containsExactlyInAnyOrder(TokenStatus.State.REVOKED, TokenStatus.State.EXPIRED);
    assertThat(lab.certificates()).hasSize(1);
    assertThatThrownBy(() -> lab.revokeToken("../authority"))
        .hasMessageContaining("knows none of that id");
    assertThatThrownBy(() -> lab.issueToken("../x", HOUR))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> lab.issueToken("x", Duration.ofDays(31)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void enrol_atAnotherAuthority_tellsItNoSecret() throws Exception {
    SiteTrust other = site("other");
    other.createAuthority("other", lab.show().address(), SiteTrust.VALIDITY);
    EnrolmentToken token = other.issueToken("burst", HOUR);
    assertThatThrownBy(() -> site("burst").enrol(token))
        .hasMessageStartingWith("Cannot enrol the site burst at 127.0.0.1:")
        .hasMessageContaining("does not show the authority that issued the token")
        .extracting("kind")
        .isEqualTo(ErrorKind.DENIED);
    assertThat(other.tokens().get(0).state()).isEqualTo(TokenStatus.State.OPEN);
  }

  @Test
  void enrol_atASiteOfTheMeshThatIsNotTheAuthority_tellsItNoSecret() throws Exception {
    // It has a certificate of the right authority, but nothing of the token.
    SiteTrust mallory = enrolled("mallory");
    Observers silent = new Observers(time, List.of());
    TrustFolder elsewhere = new TrustFolder(folder.resolve("empty"), TrustFolder.Steps.NONE);
    SiteAuthority empty = new SiteAuthority(elsewhere, new StoredTrust(elsewhere), time, silent);
    empty.create("mallory", "localhost:1", SiteTrust.VALIDITY);
    try (TrustListener wrong =
        TrustListener.start(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            new TrustService(empty, mallory.links(), silent),
            time,
            silent)) {
      EnrolmentToken right = lab.issueToken("burst", HOUR);
      EnrolmentToken token = EnrolmentToken.parse(right.text());
      EnrolmentToken astray = token.at("127.0.0.1:" + wrong.address().getPort());
      assertThatThrownBy(() -> site("burst").enrol(astray))
          .hasMessageContaining("this authority did not issue it");
    }
  }

  @Test
  void rotate_newKey_oldOneGoesOn() throws Exception {
    SiteTrust burst = enrolled("burst");
    PeerIdentity before = burst.show().self();
    LinkTls old = burst.links().opening("lab");
    time.advance(Duration.ofDays(60));
    PeerIdentity after = burst.rotate();
    assertThat(after.site()).isEqualTo("burst");
    assertThat(after.serial()).isNotEqualTo(before.serial());
    assertThat(after.expires()).isEqualTo(time.now().plus(SiteTrust.VALIDITY));
    assertLinked(burst, lab);
    Loopback.Both both = Loopback.shake(old, lab.links().accepting(site -> true));
    assertThat(both.accepted().peer()).isEqualTo(before);
    assertThat(burst.rotate().serial()).isNotEqualTo(after.serial());
    assertThat(lab.certificates()).hasSize(4);
    assertThat(folder.resolve("burst").resolve("pending")).doesNotExist();
  }

  @Test
  void rotate_expired_isRefused_butNotAtTheAuthority() throws Exception {
    SiteTrust burst = enrolled("burst");
    time.advance(SiteTrust.VALIDITY.plus(Duration.ofMinutes(6)));
    assertThatThrownBy(burst::rotate)
        .hasMessageContaining(
            "this site has no certificate that others believe: the certificate of"
                + " the site burst expired at");
    lab.rotate();
    PeerIdentity back = burst.enrol(lab.issueToken("burst", HOUR));
    assertThat(back.expires()).isEqualTo(time.now().plus(SiteTrust.VALIDITY));
    assertLinked(burst, lab);
  }

  @Test
  void revokeSite_itIsOut_itsSessionsAreTold_andItGetsNoOther() throws Exception {
    SiteTrust burst = enrolled("burst");
    SiteTrust third = enrolled("third");
    EnrolmentToken open = lab.issueToken("burst", HOUR);
    List<String> told = new ArrayList<>();
    lab.links().watch(burst.show().self(), told::add);
    third.links().watch(burst.show().self(), told::add);
    assertThat(lab.revokeSite("burst")).isEqualTo(2);
    assertThat(told).hasSize(1);
    assertThat(third.fetchRevocations()).isEqualTo(2);
    assertThat(told).hasSize(2);
    Loopback.Both both =
        Loopback.shake(burst.links().opening("third"), third.links().accepting(s -> true));
    assertThat(both.accepted().refusal()).hasMessageContaining("is revoked (list 2)");
    assertThat(both.opened().refusal()).hasMessageContaining("the other side refuses this site");
    assertThat(both.opened().received() + both.accepted().received()).isZero();
    assertThatThrownBy(burst::rotate).hasMessageContaining("the other side refuses this site");
    assertThatThrownBy(() -> burst.enrol(open)).hasMessageContaining("it is revoked. Reinstate it");
    assertThatThrownBy(() -> lab.issueToken("burst", HOUR)).hasMessageContaining("it is revoked");
    assertThat(lab.revokedSites()).containsExactly("burst");
    assertThat(lab.revokeSite("burst")).isEqualTo(2);
    lab.reinstate("burst");
    burst.enrol(open);
    assertLinked(burst, lab);
    assertThat(lab.certificates().stream().filter(SiteTrust.Signed::isRevoked)).hasSize(1);
  }

  @Test
  void revokeCertificate_theOthersOfTheSiteGoOn() throws Exception {
    SiteTrust burst = enrolled("burst");
    PeerIdentity first = burst.show().self();
    burst.rotate();
    lab.revokeCertificate(first.serial());
    assertLinked(burst, lab);
    assertThatThrownBy(() -> lab.revokeCertificate(java.math.BigInteger.TEN))
        .hasMessageContaining("signed none of that serial number");
    assertThatThrownBy(() -> lab.revokeSite("lab"))
        .hasMessageContaining("the authority itself lives there");
    assertThatThrownBy(() -> lab.revokeCertificate(lab.show().self().serial()))
        .hasMessageContaining("the authority itself lives there");
    assertThatThrownBy(() -> lab.revokeSite("nobody"))
        .hasMessageContaining("signed no certificate of it");
    assertThatThrownBy(() -> lab.reinstate("burst")).hasMessageContaining("it is not revoked");
  }

  @Test
  void old_isForgotten_butNeverASecondCertificateByOneToken() throws Exception {
    EnrolmentToken token = lab.issueToken("burst", Duration.ofDays(30));
    SiteTrust burst = site("burst");
    burst.enrol(token);
    assertThat(burst.enrol(token)).isEqualTo(burst.show().self());
    assertThat(lab.tokens().get(0).refusals()).isZero();
    time.advance(Duration.ofDays(59));
    lab.issueToken("x", HOUR);
    assertThat(lab.tokens()).hasSize(2);
    time.advance(Duration.ofDays(40));
    lab.rotate();
    lab.issueToken("y", HOUR);
    assertThat(lab.tokens()).hasSize(1);
    assertThat(lab.certificates()).hasSize(1);
    assertThatThrownBy(() -> site("late").enrol(token))
        .hasMessageContaining("this authority did not issue it");
  }

  @Test
  void twoSitesOfOneFolder_areRefused() throws Exception {
    SiteTrust burst = enrolled("burst");
    assertThatThrownBy(() -> burst.enrol(lab.issueToken("other", HOUR)))
        .hasMessageContaining("the site burst lives there");
    assertThatThrownBy(() -> lab.enrol(lab.issueToken("lab", HOUR)))
        .hasMessageContaining("the site lab lives there");
    assertThatThrownBy(() -> burst.createAuthority("x", "h:1", HOUR))
        .hasMessageContaining("a site lives there");
    assertThatThrownBy(() -> burst.issueToken("x", HOUR)).hasMessageContaining("none lives there");
  }
}
