// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.trust;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.spi.ErrorKind;
import io.kmesh.testkit.time.ManualTime;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two sites that were let in, and when they are told to go. */
class LinkTrustTest {
  @TempDir private Path folder;

  private final ManualTime time = ManualTime.create();
  private TestMesh mesh;
  private LinkTrust lab;
  private LinkTrust burst;

  @BeforeEach
  void makeSites() throws Exception {
    mesh = new TestMesh(folder, time);
    lab = mesh.site("lab");
    burst = mesh.site("burst");
  }

  @Test
  void twoSites_knowEachOther() throws Exception {
    Loopback.Both both = Loopback.shake(lab.opening("burst"), burst.accepting("lab"::equals));
    assertThat(both.opened()).isEqualTo(new Loopback.End(burst.self(), null, 1));
    assertThat(both.accepted()).isEqualTo(new Loopback.End(lab.self(), null, 1));
    assertThat(burst.self().site()).isEqualTo("burst");
    assertThat(burst.self().fingerprint()).matches("[0-9a-f]{64}");
    assertThat(burst.self().expires()).isEqualTo(time.now().plus(TestMesh.VALID));
  }

  @Test
  void engine_isForTls13AndAsksForACertificate() throws Exception {
    assertThat(burst.accepting(site -> true).engine().getNeedClientAuth()).isTrue();
    assertThat(burst.accepting(site -> true).engine().getEnabledProtocols())
        .containsExactly("TLSv1.3");
    assertThat(lab.opening("burst").engine().getUseClientMode()).isTrue();
    assertThat(lab.opening("burst").engine().getEnabledProtocols()).containsExactly("TLSv1.3");
  }

  @Test
  void peer_beforeTheHandshake_isRefused() throws Exception {
    LinkTls tls = lab.opening("burst");
    assertThatThrownBy(() -> tls.peer(tls.engine().getSession()))
        .hasMessageStartingWith("Cannot open a link to the site burst: the peer did not show");
  }

  @Test
  void watch_revoked_isToldOnce() throws Exception {
    List<String> told = new ArrayList<>();
    List<String> others = new ArrayList<>();
    lab.watch(burst.self(), told::add);
    lab.watch(lab.self(), others::add);
    byte[] list = mesh.revoke(burst.self());
    assertThat(lab.offerRevocations(list)).isEqualTo(1);
    assertThat(lab.offerRevocations(list)).isEqualTo(1);
    assertThat(told).containsExactly("the certificate of the site burst was revoked (list 1)");
    assertThat(others).isEmpty();
  }

  @Test
  void watch_revokedByAnotherProcess_isToldWithinTheInterval() throws Exception {
    List<String> told = new ArrayList<>();
    lab.watch(burst.self(), told::add);
    LinkTrust.open(folder.resolve("lab"), time).offerRevocations(mesh.revoke(burst.self()));
    assertThat(told).isEmpty();
    time.advance(LiveSessions.INTERVAL);
    assertThat(told).hasSize(1);
  }

  @Test
  void watch_expired_isTold_afterTheAllowance() throws Exception {
    List<String> told = new ArrayList<>();
    lab.watch(burst.self(), told::add);
    time.jump(TestMesh.VALID.plus(PeerCheck.SKEW));
    time.advance(LiveSessions.INTERVAL.minus(Duration.ofMillis(1)));
    assertThat(told).isEmpty();
    time.advance(LiveSessions.INTERVAL);
    assertThat(told).hasSize(1).first().asString().contains("expired at");
  }

  @Test
  void watch_closed_leavesNoTimer() throws Exception {
    LinkTrust.Watch one = lab.watch(burst.self(), reason -> {});
    LinkTrust.Watch two = lab.watch(burst.self(), reason -> {});
    one.close();
    assertThat(time.timers()).isEqualTo(1);
    two.close();
    assertThat(time.timers()).isZero();
  }

  @Test
  void revocations_neverGoBack() throws Exception {
    byte[] first = mesh.revoke(burst.self());
    byte[] second = mesh.revoke(lab.self());
    assertThat(lab.offerRevocations(second)).isEqualTo(2);
    assertThat(lab.offerRevocations(first)).isEqualTo(2);
    assertThat(lab.revocations()).isEqualTo(second);
    assertThat(lab.revocationVersion()).isEqualTo(2);
  }

  @Test
  void revocations_ofAnotherAuthority_areNotTaken() throws Exception {
    TestMesh other = new TestMesh(folder.resolve("other"), time);
    byte[] foreign = other.revoke(burst.self());
    assertThatThrownBy(() -> lab.offerRevocations(foreign))
        .hasMessageStartingWith("Cannot use a list of revoked certificates: it is no list")
        .extracting("kind")
        .isEqualTo(ErrorKind.CORRUPT);
    assertThat(lab.revocationVersion()).isZero();
  }

  @Test
  void revocations_missing_nobodyIsTrusted() throws Exception {
    Files.delete(folder.resolve("lab").resolve(StoredTrust.REVOCATIONS));
    assertThatThrownBy(() -> lab.opening("burst"))
        .hasMessageContaining("nobody can be checked (Cannot use")
        .hasMessageContaining("revocations.crl: it does not exist");
  }

  @Test
  void folder_thatOthersMayRead_isRefused() throws Exception {
    Files.setPosixFilePermissions(
        folder.resolve("lab"), PosixFilePermissions.fromString("rwxr-x---"));
    assertThatThrownBy(() -> LinkTrust.open(folder.resolve("lab"), time))
        .hasMessageContaining("its mode is rwxr-x---");
    Files.setPosixFilePermissions(
        folder.resolve("burst").resolve("site"), PosixFilePermissions.fromString("rw-r-----"));
    assertThatThrownBy(() -> LinkTrust.open(folder.resolve("burst"), time))
        .hasMessageContaining("its mode is rw-r-----");
  }

  @Test
  void nothing_printsAKey() throws Exception {
    SiteIdentity identity =
        new StoredTrust(new TrustFolder(folder.resolve("lab"), TrustFolder.Steps.NONE)).identity();
    String key =
        java.util.Base64.getEncoder().encodeToString(identity.key().getEncoded()).substring(40, 80);
    assertThat(identity.toString() + new OwnKey(identity) + new TrustText("site"))
        .doesNotContain(key)
        .contains("****");
  }
}
