// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kmesh.Endpoint;
import io.kmesh.Kmesh;
import io.kmesh.KmeshException;
import io.kmesh.SpecConflictException;
import io.kmesh.flows.AuditEntry;
import io.kmesh.flows.AuditEntry.Action;
import io.kmesh.flows.DataFlow;
import io.kmesh.flows.FlowGrant;
import io.kmesh.flows.FlowMode;
import io.kmesh.flows.FlowSpec;
import io.kmesh.flows.Grant;
import io.kmesh.testkit.state.MemoryState;
import io.kmesh.testkit.time.RunningTime;
import io.kmesh.testkit.time.WallTime;
import io.kmesh.unit.DataSize;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GrantFlowTest {
  private static final Duration LIMIT = Duration.ofMinutes(1);
  private static final String KNOWN = "this is known plaintext of the sensitive file; ";
  private static final String TEXT = KNOWN.repeat(8_000); // three blocks

  @TempDir Path dir;
  private final MemoryState state = MemoryState.create(RunningTime.instance());
  private final WallTime time = new WallTime();
  private Path source;
  private Path cache;

  @BeforeEach
  void makeSource() throws IOException {
    source = Files.createDirectory(dir.resolve("source"));
    cache = dir.resolve("cache");
    Files.createDirectories(source.resolve("secret/run7"));
    Files.createDirectory(source.resolve("public"));
    Files.writeString(source.resolve("secret/run7/data"), TEXT);
    Files.writeString(source.resolve("secret/other"), "other");
    Files.writeString(source.resolve("public/x"), "x");
    Files.createLink(source.resolve("public/also"), source.resolve("secret/run7/data"));
    Path probe = dir.resolve("probe");
    do {
      Files.writeString(probe, "x"); // a young stamp is taken for changed once more
    } while (Files.getLastModifiedTime(probe).toMillis()
        < Files.getLastModifiedTime(source.resolve("public/x")).toMillis() + 50);
  }

  private Kmesh open() {
    return Kmesh.builder().state(state).flowFolder(dir.resolve("flows")).time(time).build();
  }

  private DataFlow flow(Kmesh kmesh, FlowMode.WriteMode writes, String... sensitive) {
    DataFlow flow =
        kmesh
            .dataFlows()
            .ensure(
                "job",
                f -> {
                  f.from(Endpoint.directory(source)).to(Endpoint.directory(cache));
                  f.scanPause(Duration.ofHours(1));
                  List.of(sensitive).forEach(f::sensitive);
                  f.mode(
                      new FlowMode.Access(
                          Duration.ofNanos(1), DataSize.ofMib(64), FlowMode.Stale.SHOW, writes));
                })
            .start();
    flow.awaitInSync(LIMIT);
    return flow;
  }

  private DataFlow flow(Kmesh kmesh) {
    return flow(kmesh, FlowMode.WriteMode.READ_ONLY, "secret");
  }

  private FlowGrant grant(DataFlow flow, String path) {
    return flow.grant(Grant.to("alice").path(path).until(time.now().plus(Duration.ofMinutes(10))));
  }

  private static void assertDenied(Path path, String... reason) {
    assertThatThrownBy(() -> Files.readString(path))
        .isInstanceOf(AccessDeniedException.class)
        .hasMessageContaining(path.toString())
        .hasMessageContainingAll(reason);
  }

  private List<Path> cached() throws IOException {
    try (Stream<Path> all = Files.walk(cache)) {
      return all.filter(Files::isRegularFile).toList();
    }
  }

  private boolean hasPlaintext() throws IOException {
    for (Path file : cached()) {
      if (Files.readString(file, StandardCharsets.ISO_8859_1).contains(KNOWN)) {
        return true;
      }
    }
    return false;
  }

  private long sealedBytes() throws IOException {
    return cached().stream()
        .filter(file -> file.toString().contains("/sealed/"))
        .mapToLong(
            file -> {
              try {
                return Files.size(file);
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            })
        .sum();
  }

  private static List<Action> actions(DataFlow flow) {
    try (Stream<AuditEntry> all = flow.audit()) {
      return all.map(AuditEntry::action).toList();
    }
  }

  @Test
  void whatIsSensitive_isReadUnderAGrant_untilItExpires() throws Exception {
    try (Kmesh kmesh = open()) {
      DataFlow flow = flow(kmesh);
      Path all = flow.fileSystem().getPath("/");
      Path alice = flow.fileSystem("alice").getPath("/");
      Path bob = flow.fileSystem("bob").getPath("/");
      assertThat(Files.readString(all.resolve("public/x"))).isEqualTo("x");
      assertThat(Files.size(all.resolve("secret/run7/data"))).isEqualTo(TEXT.length());
      assertDenied(all.resolve("secret/run7/data"), "nobody was named");
      assertDenied(alice.resolve("secret/run7/data"), "alice has no grant for it");
      assertDenied(alice.resolve("public/also"), "alice has no grant for it");
      assertThat(flow.status().logicalBytes()).as("fetched").isEqualTo(1);

      FlowGrant given = grant(flow, "secret/run7");
      assertThat(Files.readString(alice.resolve("secret/run7/data"))).isEqualTo(TEXT);
      assertThat(Files.readString(alice.resolve("public/also"))).isEqualTo(TEXT);
      assertThat(flow.status().logicalBytes()).as("fetched once").isEqualTo(1 + TEXT.length());
      assertDenied(alice.resolve("secret/other"), "alice has no grant");
      assertDenied(bob.resolve("secret/run7/data"), "bob has no grant");
      Path byUri = Path.of(URI.create("kmesh:~flows!/job~alice/secret/run7/data"));
      assertThat(Files.readString(byUri)).isEqualTo(TEXT);
      assertThat(sealedBytes()).isGreaterThan(TEXT.length());
      assertThat(hasPlaintext()).isFalse();

      try (SeekableByteChannel open = Files.newByteChannel(alice.resolve("secret/run7/data"))) {
        ByteBuffer some = ByteBuffer.allocate(100);
        open.read(some);
        assertThat(some.array()).startsWith(KNOWN.getBytes(StandardCharsets.UTF_8));
        time.jump(Duration.ofMinutes(10));
        ByteBuffer none = ByteBuffer.allocate(100);
        assertThatThrownBy(() -> open.read(none))
            .isInstanceOf(AccessDeniedException.class)
            .hasMessageContaining("expired at " + given.grant().until());
        assertThat(none.position()).isZero();
        assertThat(none.array()).containsOnly(0);
      }
      assertDenied(alice.resolve("secret/run7/data"), given.id(), "expired");
      assertThat(sealedBytes()).isZero();
      assertThat(flow.grants())
          .extracting(FlowGrant::state)
          .containsExactly(FlowGrant.State.EXPIRED);
      try (Stream<AuditEntry> entries = flow.audit()) {
        List<AuditEntry> reads = entries.filter(entry -> entry.action() == Action.READ).toList();
        assertThat(reads).hasSize(4);
        assertThat(reads.get(0))
            .extracting(
                AuditEntry::who,
                AuditEntry::path,
                AuditEntry::grant,
                AuditEntry::from,
                AuditEntry::to,
                AuditEntry::bytes)
            .containsExactly(
                "alice",
                "secret/run7/data",
                given.id(),
                0L,
                (long) TEXT.length(),
                (long) TEXT.length());
        assertThat(reads.get(3).bytes()).isEqualTo(100);
      }
      assertThat(actions(flow))
          .contains(Action.EXPIRED)
          .filteredOn(Action.REFUSED::equals)
          .hasSize(7);
      assertThat(Files.readString(all.resolve("public/x"))).isEqualTo("x");
    }
  }

  @Test
  void aRevokedGrant_endsWhatIsOpen_andItsBytes() throws Exception {
    try (Kmesh kmesh = open()) {
      DataFlow flow = flow(kmesh);
      FlowGrant given = grant(flow, "secret");
      Path file = flow.fileSystem("alice").getPath("/secret/run7/data");
      try (SeekableByteChannel open = Files.newByteChannel(file)) {
        open.read(ByteBuffer.allocate(10));
        assertThat(sealedBytes()).isPositive();
        flow.revoke(given.id());
        assertThat(sealedBytes()).isZero();
        assertThatThrownBy(() -> open.read(ByteBuffer.allocate(10)))
            .isInstanceOf(AccessDeniedException.class)
            .hasMessageContaining("was revoked");
      }
      // A second grant has another key, and fetches again.
      long fetched = flow.status().logicalBytes();
      grant(flow, "secret");
      assertThat(Files.readString(file)).isEqualTo(TEXT);
      assertThat(flow.status().logicalBytes()).isGreaterThan(fetched);
    }
  }

  @Test
  void theNextProcess_readsUnderTheGrant_butNothingThatWasSealedBefore() throws Exception {
    try (Kmesh kmesh = open()) {
      DataFlow flow = flow(kmesh);
      grant(flow, "secret");
      Files.readString(flow.fileSystem("alice").getPath("/secret/run7/data"));
      assertThat(sealedBytes()).isPositive();
    }
    time.jump(Duration.ofDays(-1));
    try (Kmesh kmesh = open()) {
      DataFlow flow = flow(kmesh);
      assertThat(sealedBytes()).as("its key died with the process").isZero();
      Path file = flow.fileSystem("alice").getPath("/secret/run7/data");
      assertThat(Files.readString(file)).isEqualTo(TEXT);
      flow.stop();
      assertThat(flow.grants()).as("also of a flow that rests").hasSize(1);
      time.jump(Duration.ofDays(1).plusMinutes(10));
      assertThat(flow.grants())
          .extracting(FlowGrant::state)
          .containsExactly(FlowGrant.State.EXPIRED);
      time.jump(Duration.ofDays(-1));
      flow.start();
      assertDenied(flow.fileSystem("alice").getPath("/secret/run7/data"), "expired");
      assertThat(actions(flow))
          .containsExactly(
              Action.GRANTED,
              Action.OPENED,
              Action.READ,
              Action.OPENED,
              Action.READ,
              Action.EXPIRED,
              Action.REFUSED);
    }
  }

  @Test
  void whatIsSensitive_isNotChangedFromHere() throws Exception {
    try (Kmesh kmesh = open()) {
      DataFlow flow = flow(kmesh, FlowMode.WriteMode.WRITE_THROUGH, "a/secret");
      Files.createDirectories(source.resolve("a/secret"));
      Files.writeString(source.resolve("a/secret/file"), KNOWN);
      grant(flow, "");
      Path top = flow.fileSystem("alice").getPath("/");
      assertThat(Files.readString(top.resolve("a/secret/file"))).isEqualTo(KNOWN);
      assertThatThrownBy(() -> Files.writeString(top.resolve("a/secret/file"), "new"))
          .isInstanceOf(AccessDeniedException.class)
          .hasMessageContaining("at the flow's source alone");
      assertThatThrownBy(() -> Files.move(top.resolve("a"), top.resolve("b")))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("changed at the source alone");
      assertThatThrownBy(() -> Files.createLink(top.resolve("also"), top.resolve("a/secret/file")))
          .isInstanceOf(IOException.class);
      assertThatThrownBy(() -> Files.move(top.resolve("a/secret/file"), top.resolve("file")))
          .isInstanceOf(IOException.class);
      Files.writeString(top.resolve("a/free"), "free");
      assertThat(source.resolve("a/free")).hasContent("free");
      assertThat(source.resolve("a/secret/file")).hasContent(KNOWN);
    }
  }

  @Test
  void whatHasNothingSensitive_hasNoGrants() {
    try (Kmesh kmesh = open()) {
      DataFlow flow = flow(kmesh, FlowMode.WriteMode.READ_ONLY);
      assertThatThrownBy(() -> grant(flow, ""))
          .isInstanceOf(KmeshException.class)
          .hasMessageContaining("it has no sensitive paths");
      assertThatThrownBy(() -> flow.fileSystem("a b"))
          .isInstanceOf(KmeshException.class)
          .hasMessageContaining("\"a b\"");
      assertThatThrownBy(
              () -> kmesh.dataFlows().ensure("job", flow.spec().toBuilder().sensitive("x").build()))
          .isInstanceOf(SpecConflictException.class)
          .hasMessageContaining("sensitive");
      FlowSpec.Builder copy =
          FlowSpec.builder()
              .from(Endpoint.directory(source))
              .to(Endpoint.directory(cache))
              .sensitive("x");
      assertThatThrownBy(copy::build).hasMessageContaining("whose target is a copy");
      assertThatThrownBy(() -> copy.access().sensitive("a/../b").build())
          .isInstanceOf(IllegalArgumentException.class);
      assertThat(
              FlowSpec.builder()
                  .from(Endpoint.directory(source))
                  .to(Endpoint.directory(cache))
                  .access()
                  .sensitive("/b//c/")
                  .sensitive("a")
                  .build()
                  .sensitive())
          .containsExactly("a", "b/c");
    }
  }
}
