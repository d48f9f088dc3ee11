// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.trust;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.core.internal.crypto.cert.SiteKeys;
import io.kmesh.core.internal.observe.Observers;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.observe.Observer;
import io.kmesh.testkit.time.ManualTime;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Killed at each step, before and after: a token never gives two certificates of different keys,
 * and whoever was killed gets on when he does the same again.
 */
@Tag("crash")
class TrustCrashTest {
  private static final Duration HOUR = Duration.ofHours(1);

  @TempDir private Path root;

  private final ManualTime time = ManualTime.create();
  private int runs;

  private static final class Killed extends Error {
    private static final long serialVersionUID = 1L;

    Killed(String step) {
      super(step, null, false, false);
    }
  }

  /** Kills at one step; counts those that it passed. */
  private static final class Kill implements TrustFolder.Steps {
    private final int at;
    private int passed;

    Kill(int at) {
      this.at = at;
    }

    @Override
    public void at(String step) {
      if (passed++ == at) {
        throw new Killed(step);
      }
    }
  }

  private interface Scenario {
    /** Makes what is there before. */
    Path prepare() throws Exception;

    /** What may be killed; it is done in a folder whose steps are counted. */
    void run(Path folder, TrustFolder.Steps steps) throws Exception;

    /** What must hold once it was done again, without being killed. */
    void check(Path folder) throws Exception;
  }

  private void enumerate(Scenario scenario, int least) throws Exception {
    int points = 0;
    for (int at = 0; ; at++) {
      Path folder = scenario.prepare();
      Kill kill = new Kill(at);
      boolean isKilled = false;
      try {
        scenario.run(folder, kill);
      } catch (Killed e) {
        isKilled = true;
      }
      if (!isKilled) {
        break;
      }
      points++;
      scenario.run(folder, TrustFolder.Steps.NONE);
      scenario.check(folder);
      TrustFolder left = new TrustFolder(folder, TrustFolder.Steps.NONE);
      left.locked(() -> null);
      String[] names = folder.toFile().list();
      assertThat(names).noneMatch(name -> name.startsWith(".new-"));
    }
    assertThat(points).isGreaterThanOrEqualTo(least);
  }

  private Path fresh() {
    return root.resolve("run" + runs++);
  }

  private SiteTrust trust(Path folder, TrustFolder.Steps steps) {
    return new SiteTrust(new TrustFolder(folder, steps), time, Observer.NONE);
  }

  private SiteAuthority authority(Path folder, TrustFolder.Steps steps) {
    TrustFolder trusted = new TrustFolder(folder, steps);
    return new SiteAuthority(
        trusted, new StoredTrust(trusted), time, new Observers(time, List.of()));
  }

  @Test
  void createAuthority() throws Exception {
    enumerate(
        new Scenario() {
          @Override
          public Path prepare() {
            return fresh();
          }

          @Override
          public void run(Path folder, TrustFolder.Steps steps) throws IOException {
            // Killed behind the last write it is there, and says so when it is made again.
            if (!folder.resolve("site").toFile().exists()) {
              trust(folder, steps).createAuthority("lab", "localhost:1", SiteTrust.VALIDITY);
            }
          }

          @Override
          public void check(Path folder) throws IOException {
            SiteTrust made = trust(folder, TrustFolder.Steps.NONE);
            assertThat(made.show().self().site()).isEqualTo("lab");
            assertThat(made.issueToken("burst", HOUR).site()).isEqualTo("burst");
            assertThat(made.links().opening("burst")).isNotNull();
          }
        },
        12);
  }

  @Test
  void redeem_theSameKeyGetsOn_anotherNeverGetsOne() throws Exception {
    KeyPair keys = SiteKeys.generate();
    KeyPair others = SiteKeys.generate();
    EnrolmentToken[] token = new EnrolmentToken[1];
    enumerate(
        new Scenario() {
          @Override
          public Path prepare() throws IOException {
            Path folder = fresh();
            trust(folder, TrustFolder.Steps.NONE)
                .createAuthority("lab", "localhost:1", SiteTrust.VALIDITY);
            token[0] = authority(folder, TrustFolder.Steps.NONE).issueToken("burst", HOUR);
            return folder;
          }

          private X509Certificate redeem(Path folder, TrustFolder.Steps steps, KeyPair of)
              throws IOException {
            return authority(folder, steps)
                .redeem(token[0].idBytes(), token[0].secret(), of.getPublic());
          }

          @Override
          public void run(Path folder, TrustFolder.Steps steps) throws IOException {
            redeem(folder, steps, keys);
          }

          @Override
          public void check(Path folder) throws IOException {
            assertThat(redeem(folder, TrustFolder.Steps.NONE, keys))
                .isEqualTo(redeem(folder, TrustFolder.Steps.NONE, keys));
            assertThatThrownBy(() -> redeem(folder, TrustFolder.Steps.NONE, others))
                .hasMessageContaining("used already, by another key");
            assertOneKey(folder);
          }
        },
        8);
  }

  /** Killed in the middle of one key's attempt, another key tries: one of them, and only one. */
  @Test
  void redeem_killed_thenAnotherKey_oneOfThemGetsIt() throws Exception {
    KeyPair keys = SiteKeys.generate();
    KeyPair others = SiteKeys.generate();
    Set<Boolean> seen = new HashSet<>();
    for (int at = 0; ; at++) {
      Path folder = fresh();
      trust(folder, TrustFolder.Steps.NONE)
          .createAuthority("lab", "localhost:1", SiteTrust.VALIDITY);
      EnrolmentToken token = authority(folder, TrustFolder.Steps.NONE).issueToken("burst", HOUR);
      boolean isKilled = false;
      try {
        authority(folder, new Kill(at)).redeem(token.idBytes(), token.secret(), keys.getPublic());
      } catch (Killed e) {
        isKilled = true;
      }
      if (!isKilled) {
        break;
      }
      boolean isOthers = mayRedeem(folder, token, others);
      assertThat(mayRedeem(folder, token, keys)).isNotEqualTo(isOthers);
      assertThat(mayRedeem(folder, token, others)).isEqualTo(isOthers);
      assertOneKey(folder);
      seen.add(isOthers);
    }
    assertThat(seen).hasSize(2);
  }

  private boolean mayRedeem(Path folder, EnrolmentToken token, KeyPair keys) throws IOException {
    try {
      authority(folder, TrustFolder.Steps.NONE)
          .redeem(token.idBytes(), token.secret(), keys.getPublic());
      return true;
    } catch (ProviderException e) {
      assertThat(e).hasMessageContaining("used already, by another key");
      return false;
    }
  }

  private void assertOneKey(Path folder) throws IOException {
    List<CertificateRecord> of =
        authority(folder, TrustFolder.Steps.NONE).certificates().stream()
            .filter(c -> c.site().equals("burst"))
            .toList();
    assertThat(of).hasSize(1);
  }

  /** A site that is killed while it takes what the authority grants. */
  @Test
  void rotate_ofTheAuthority_goesOn() throws Exception {
    enumerate(
        new Scenario() {
          @Override
          public Path prepare() throws IOException {
            Path folder = fresh();
            trust(folder, TrustFolder.Steps.NONE)
                .createAuthority("lab", "localhost:1", SiteTrust.VALIDITY);
            return folder;
          }

          @Override
          public void run(Path folder, TrustFolder.Steps steps) throws IOException {
            SiteTrust lab = trust(folder, steps);
            PeerIdentity before = lab.show().self();
            assertThat(lab.rotate()).isNotEqualTo(before);
            assertThat(lab.links().opening("burst")).isNotNull();
          }

          @Override
          public void check(Path folder) throws IOException {
            SiteTrust lab = trust(folder, TrustFolder.Steps.NONE);
            assertThat(lab.links().self()).isEqualTo(lab.show().self());
            assertThat(folder.resolve("pending")).doesNotExist();
            // Only who was killed behind the new identity made one key more.
            assertThat(lab.certificates().size()).isBetween(2, 3);
          }
        },
        12);
  }

  @Test
  void revokeSite_doneAgain_isDone() throws Exception {
    KeyPair keys = SiteKeys.generate();
    enumerate(
        new Scenario() {
          @Override
          public Path prepare() throws IOException {
            Path folder = fresh();
            trust(folder, TrustFolder.Steps.NONE)
                .createAuthority("lab", "localhost:1", SiteTrust.VALIDITY);
            SiteAuthority lab = authority(folder, TrustFolder.Steps.NONE);
            EnrolmentToken token = lab.issueToken("burst", HOUR);
            lab.redeem(token.idBytes(), token.secret(), keys.getPublic());
            return folder;
          }

          @Override
          public void run(Path folder, TrustFolder.Steps steps) throws IOException {
            trust(folder, steps).revokeSite("burst");
          }

          @Override
          public void check(Path folder) throws IOException {
            SiteTrust lab = trust(folder, TrustFolder.Steps.NONE);
            assertThat(lab.show().revocations()).isEqualTo(2);
            assertThat(lab.revokedSites()).containsExactly("burst");
            assertThat(lab.certificates().stream().filter(SiteTrust.Signed::isRevoked)).hasSize(1);
          }
        },
        8);
  }

  /** Both sides over a listener: the site is killed at each step of its own. */
  @Test
  void enrol_theSiteIsKilled_thenGetsOn() throws Exception {
    try (Mesh mesh = new Mesh()) {
      EnrolmentToken[] token = new EnrolmentToken[1];
      enumerate(
          new Scenario() {
            @Override
            public Path prepare() throws IOException {
              token[0] = mesh.lab.issueToken("burst" + runs, HOUR);
              return fresh();
            }

            @Override
            public void run(Path folder, TrustFolder.Steps steps) throws IOException {
              trust(folder, steps).enrol(token[0]);
            }

            @Override
            public void check(Path folder) throws IOException {
              mesh.assertIn(folder, token[0]);
            }
          },
          12);
    }
  }

  /** The authority dies at each of its steps, so that the site hears no answer. */
  @Test
  void enrol_theAuthorityIsKilled_thenTheSiteGetsOn() throws Exception {
    for (int at = 0; ; at++) {
      try (Mesh mesh = new Mesh()) {
        EnrolmentToken token = mesh.lab.issueToken("burst", HOUR);
        Path folder = fresh();
        mesh.kill = new Kill(at);
        try {
          trust(folder, TrustFolder.Steps.NONE).enrol(token);
          mesh.assertIn(folder, token);
          break;
        } catch (ProviderException e) {
          assertThat(e.kind()).isEqualTo(ErrorKind.TRANSIENT);
        }
        mesh.kill = TrustFolder.Steps.NONE;
        trust(folder, TrustFolder.Steps.NONE).enrol(token);
        mesh.assertIn(folder, token);
      }
    }
  }

  /** An authority that listens. */
  private final class Mesh implements AutoCloseable {
    private final SiteTrust lab;
    private final TrustListener listener;
    private volatile TrustFolder.Steps kill = TrustFolder.Steps.NONE;

    Mesh() throws IOException {
      lab = trust(fresh(), step -> kill.at(step));
      lab.createAuthority("lab", "localhost:1", SiteTrust.VALIDITY);
      listener = lab.listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      lab.authorityAt("127.0.0.1:" + listener.address().getPort());
    }

    void assertIn(Path folder, EnrolmentToken token) throws IOException {
      PeerIdentity self = trust(folder, TrustFolder.Steps.NONE).show().self();
      assertThat(self.site()).isEqualTo(token.site());
      assertThat(
              lab.certificates().stream()
                  .map(SiteTrust.Signed::peer)
                  .filter(peer -> peer.site().equals(token.site())))
          .containsExactly(self);
      TokenStatus status =
          lab.tokens().stream().filter(t -> t.id().equals(token.id())).findFirst().orElseThrow();
      assertThat(status.state()).isEqualTo(TokenStatus.State.USED);
      assertThat(status.refusals()).isZero();
      assertThat(folder.resolve("lock")).exists();
      // Nobody stands outside when he is let in again.
      trust(folder, TrustFolder.Steps.NONE).links().opening("lab");
      time.advance(AttemptLimit.PACE);
    }

    @Override
    public void close() throws IOException {
      listener.close();
    }
  }
}
