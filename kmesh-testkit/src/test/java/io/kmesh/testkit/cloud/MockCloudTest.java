// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.cloud;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.ClusterShape;
import io.kmesh.ThroughputTier;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.cloud.CloudChange;
import io.kmesh.spi.cloud.CloudProvider;
import io.kmesh.spi.cloud.CloudRequest;
import io.kmesh.spi.cloud.CloudResource;
import io.kmesh.spi.cloud.CloudState;
import io.kmesh.spi.cloud.CloudToken;
import io.kmesh.testkit.contract.CloudProviderContract;
import io.kmesh.testkit.fault.FaultPlan;
import io.kmesh.testkit.fault.Faults;
import io.kmesh.testkit.time.ManualTime;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MockCloudTest {
  private static final ClusterShape SMALL = ClusterShape.of(DataSize.ofTib(1));
  private static final ClusterShape LARGE = ClusterShape.of(DataSize.ofTib(3));

  private final ManualTime time = ManualTime.create();

  private static CloudToken token() {
    return CloudToken.of(UUID.randomUUID());
  }

  private static CloudRequest request(String name, ClusterShape shape) {
    return new CloudRequest(name, "zone-1", shape, Map.of("net", "a b=c"), Map.of());
  }

  private MockCloudBuilder slow() {
    return MockCloud.builder()
        .time(time)
        .creationTakes(Duration.ofMinutes(10))
        .changeTakes(Duration.ofMinutes(4))
        .deletionTakes(Duration.ofMinutes(2));
  }

  private static void assertKind(ErrorKind kind, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(ProviderException.class, e -> assertThat(e.kind()).isEqualTo(kind));
  }

  /** The contract, where all takes its time and is seen late. */
  @Nested
  class Contract extends CloudProviderContract {
    @Override
    protected CloudProvider open() throws IOException {
      return slow().visibleAfter(Duration.ofSeconds(30)).start();
    }

    @Override
    protected CloudRequest request(String name) {
      return MockCloudTest.request(name, SMALL);
    }

    @Override
    protected ClusterShape larger() {
      return LARGE;
    }

    @Override
    protected void pause() {
      time.advance(Duration.ofSeconds(20));
    }
  }

  @Test
  void create_passesThroughItsStatesInItsTime() throws IOException {
    MockCloud cloud = slow().start();
    CloudResource begun = cloud.create(token(), request("c", SMALL));
    assertThat(begun.state()).isEqualTo(CloudState.CREATING);
    time.advance(Duration.ofMinutes(5));
    assertThat(cloud.describe(begun.id()).progress())
        .hasValueSatisfying(p -> assertThat(p.value()).isEqualTo(50));
    time.advance(Duration.ofMinutes(5));
    assertThat(cloud.describe(begun.id()).state()).isEqualTo(CloudState.AVAILABLE);

    cloud.update(token(), begun.id(), LARGE);
    assertThat(cloud.describe(begun.id()))
        .satisfies(r -> assertThat(r.state()).isEqualTo(CloudState.UPDATING))
        .satisfies(r -> assertThat(r.shape()).isEqualTo(SMALL));
    assertThatThrownBy(() -> cloud.update(token(), begun.id(), ClusterShape.of(DataSize.ofTib(4))))
        .isInstanceOfSatisfying(
            ProviderException.class,
            e -> assertThat(e.retryAfter()).contains(Duration.ofMinutes(4)));
    time.advance(Duration.ofMinutes(4));
    assertThat(cloud.describe(begun.id()).shape()).isEqualTo(LARGE);
    assertKind(ErrorKind.INVALID, () -> cloud.update(token(), begun.id(), SMALL));

    cloud.delete(token(), begun.id());
    cloud.delete(token(), begun.id());
    assertThat(cloud.describe(begun.id()).state()).isEqualTo(CloudState.DELETING);
    time.advance(Duration.ofMinutes(2));
    assertThat(cloud.resources()).isEmpty();
    assertThat(cloud.counts()).isEqualTo(new MockCloudCounts(1, 1, 1));
  }

  @Test
  void create_whenItIsToFail_endsFailedAndKeepsItsQuota() throws IOException {
    MockCloud cloud = slow().quota("zone-1", DataSize.ofTib(3)).start();
    cloud.failNextCreation("no host has room");
    CloudResource bad = cloud.create(token(), request("bad", LARGE));
    time.advance(Duration.ofMinutes(10));

    assertThat(cloud.describe(bad.id()).state()).isEqualTo(CloudState.FAILED);
    assertThat(cloud.describe(bad.id()).detail()).isEqualTo("no host has room");
    assertKind(ErrorKind.NO_SPACE, () -> cloud.create(token(), request("more", SMALL)));
    assertKind(ErrorKind.PRECONDITION, () -> cloud.update(token(), bad.id(), LARGE));
    cloud.delete(token(), bad.id());
    time.advance(Duration.ofMinutes(2));
    assertThat(cloud.create(token(), request("more", SMALL)).state())
        .isEqualTo(CloudState.CREATING);
  }

  @Test
  void update_whenItIsToFail_leavesTheShape() throws IOException {
    MockCloud cloud = slow().start();
    String id = cloud.create(token(), request("c", SMALL)).id();
    time.advance(Duration.ofMinutes(10));
    cloud.failNextChange("rolled back");
    CloudToken change = token();
    cloud.update(change, id, LARGE);
    time.advance(Duration.ofMinutes(4));

    assertThat(cloud.update(change, id, LARGE).lastChange())
        .contains(new CloudChange(change, LARGE, CloudChange.Outcome.FAILED, "rolled back"));
    assertThat(cloud.describe(id).shape()).isEqualTo(SMALL);
    cloud.update(token(), id, LARGE);
    time.advance(Duration.ofMinutes(4));
    assertThat(cloud.describe(id).shape()).isEqualTo(LARGE);
  }

  @Test
  void reads_beforeItIsVisible_findNothing_butItsTokenIsKnown() throws IOException {
    MockCloud cloud = slow().visibleAfter(Duration.ofMinutes(1)).start();
    CloudToken token = token();
    CloudResource begun = cloud.create(token, request("c", SMALL));

    assertThat(cloud.findByToken(token)).isEmpty();
    assertKind(ErrorKind.NOT_FOUND, () -> cloud.describe(begun.id()));
    assertThat(cloud.list("", 10).resources()).isEmpty();
    assertThat(cloud.resources()).hasSize(1);
    assertThat(cloud.create(token, request("c", SMALL)).id()).isEqualTo(begun.id());
    time.advance(Duration.ofMinutes(1));
    assertThat(cloud.findByToken(token)).isPresent();
  }

  @Test
  void validate_whenAValueIsWrong_saysWhatIsAllowed() throws IOException {
    MockCloud cloud = MockCloud.builder().creationTakes(Duration.ZERO).start();
    assertThatThrownBy(() -> cloud.validate(request("c", ClusterShape.of(DataSize.ofGib(1500)))))
        .hasMessageContaining("2.0 TiB");
    assertThatThrownBy(
            () ->
                cloud.validate(
                    request("c", new ClusterShape(DataSize.ofTib(1), new ThroughputTier(40)))))
        .hasMessageContaining("125, 250, 500");
    assertKind(ErrorKind.UNSUPPORTED, () -> cloud.open(cloud.create(token(), request("c", SMALL))));
  }

  @Test
  void start_inAFolder_goesOnWithTheSameCloud(@TempDir Path folder) throws IOException {
    MockCloud one = slow().folder(folder).start();
    MockCloud other = slow().folder(folder).start();
    CloudToken token = token();
    one.failNextCreation("100 % \"full\"\n= äöü");
    String bad = one.create(token(), request("bad one", SMALL)).id();
    String good = one.create(token, request("good", SMALL)).id();
    time.advance(Duration.ofMinutes(10));
    other.update(token(), good, LARGE);
    other.delete(token(), bad);

    assertThat(other.resources()).isEqualTo(one.resources()).hasSize(2);
    assertThat(other.create(token, request("good", SMALL)).id()).isEqualTo(good);
    time.advance(Duration.ofMinutes(4));
    MockCloud later = slow().folder(folder).start();
    assertThat(later.resources()).extracting(CloudResource::id).containsExactly(good);
    assertThat(later.describe(good).shape()).isEqualTo(LARGE);
    assertThat(later.counts()).isEqualTo(new MockCloudCounts(2, 1, 1));
  }

  @Test
  void start_whenTheFolderHoldsSomethingElse_isCorrupt(@TempDir Path folder) throws IOException {
    Files.writeString(folder.resolve("cloud"), "kmesh-mock-cloud 1\n");
    assertKind(ErrorKind.CORRUPT, () -> MockCloud.at(folder));
  }

  @Test
  void wrap_losesRepliesAndThrottles() throws IOException {
    MockCloud real = slow().start();
    CloudProvider cloud =
        Faults.wrap(
            CloudProvider.class,
            real,
            FaultPlan.on("create").loseReplyOnce().and("describe").fail(1, ErrorKind.THROTTLED),
            time);
    CloudToken token = token();

    assertKind(ErrorKind.UNKNOWN_OUTCOME, () -> cloud.create(token, request("c", SMALL)));
    assertThat(cloud.findByToken(token)).isPresent();
    assertThat(real.counts().made()).isEqualTo(1);
    assertKind(ErrorKind.THROTTLED, () -> cloud.describe("x"));
  }
}
