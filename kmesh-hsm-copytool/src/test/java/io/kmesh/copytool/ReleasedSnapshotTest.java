// SPDX-License-Identifier: Apache-2.0
package io.kmesh.copytool;

import static io.kmesh.lustre.HsmActionKind.ARCHIVE;
import static io.kmesh.lustre.HsmActionKind.RELEASE;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.kmesh.core.internal.crypto.Argon2id;
import io.kmesh.core.internal.repository.Domain;
import io.kmesh.core.internal.repository.Domains;
import io.kmesh.core.internal.repository.RandomIds;
import io.kmesh.core.internal.repository.collect.CheckReport;
import io.kmesh.core.internal.repository.collect.Checker;
import io.kmesh.core.internal.repository.keys.Credential;
import io.kmesh.core.internal.repository.keys.DomainKeys;
import io.kmesh.core.internal.repository.keys.Holder;
import io.kmesh.core.internal.repository.keys.KeySettings;
import io.kmesh.core.internal.repository.keys.RepositoryKeys;
import io.kmesh.core.internal.repository.tree.Content;
import io.kmesh.core.internal.snapshots.LustreGate;
import io.kmesh.core.internal.snapshots.OpenSnapshot;
import io.kmesh.core.internal.snapshots.ScanTally;
import io.kmesh.core.internal.snapshots.SnapshotStore;
import io.kmesh.core.internal.snapshots.TreeRestore;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.engine.ArchiveReceipt;
import io.kmesh.engine.PosixTrees;
import io.kmesh.engine.ReceiptCodec;
import io.kmesh.engine.RetryPolicy;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmActionKind;
import io.kmesh.lustre.HsmFlag;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.observe.Observer;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.testkit.junit.KmeshExtension;
import io.kmesh.testkit.store.MemoryStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Snapshots of a Lustre whose files are released: nothing is restored on the way. */
@ExtendWith(KmeshExtension.class)
class ReleasedSnapshotTest {
  private static final PathBytes RELEASED = PathBytes.of("released");

  @TempDir Path directory;

  @Test
  void takeCheckRestore_aTreeWithReleasedFiles_sendNoRestore() throws IOException {
    try (Site site = Site.open(directory);
        MemoryStore store = MemoryStore.create()) {
      byte[] content = Site.bytes(300_000, 1);
      Fid released = site.write("released", Site.bytes(100_000, 2));
      site.write("online", content);
      site.lustre.identity().changeProject(released, 77);
      try (Copytool copytool = site.start(site.copytool())) {
        site.act(ARCHIVE, released);
        site.act(RELEASE, released);
        assertThat(copytool.status().archived()).isEqualTo(1);
      }
      Retrier retrier = new Retrier(site.time, RetryPolicy.DEFAULT, new Random(1), Observer.NONE);
      Credential.Passphrase passphrase = new Credential.Passphrase("secret".toCharArray());
      KeySettings settings = new KeySettings(retrier, new Argon2id.Cost(8, 1, 1));
      try (RepositoryKeys keys =
              RepositoryKeys.init(store, settings, new Holder("test", passphrase));
          DomainKeys domainKeys = keys.domain("main")) {
        Domain domain =
            Domains.open(store, domainKeys, retrier, null, RandomIds::attempt, site.time);
        SnapshotStore snapshots = new SnapshotStore(domain, site.time, "host", 2);
        ScanTally tally = new ScanTally();
        snapshots.take(request(site), tally, Retrier.Check.NONE);
        assertThat(tally.problems()).isEmpty();
        assertThat(tally.readFiles()).isEqualTo(1);
        CheckReport report =
            new Checker(
                    domain,
                    Map.of(SnapshotStore.KIND, SnapshotStore.ROOTS),
                    1,
                    0,
                    Retrier.Check.NONE)
                .run();
        assertThat(report.damages()).isEmpty();
        restore(site, snapshots, released, content);
        // A second one reads nothing at all.
        site.time.advance(java.time.Duration.ofMinutes(5));
        ScanTally again = new ScanTally();
        snapshots.take(request(site), again, Retrier.Check.NONE);
      }
      assertThat(site.lustre.coordinator().statistics().delivered(HsmActionKind.RESTORE)).isZero();
      assertThat(site.has(released, HsmFlag.RELEASED)).isTrue();
    }
  }

  private static SnapshotStore.Request request(Site site) {
    return new SnapshotStore.Request(
        site.lustre.tree(),
        PathBytes.EMPTY,
        "all",
        "lustre",
        Map.of(),
        new LustreGate(site.lustre),
        false,
        List.of());
  }

  private void restore(Site site, SnapshotStore snapshots, Fid released, byte[] content)
      throws IOException {
    Path target = Files.createDirectory(directory.resolve("target"));
    ScanTally tally = new ScanTally();
    try (OpenSnapshot snapshot = snapshots.open("latest");
        PosixTree tree = PosixTrees.open(target)) {
      Content.Reference reference = (Content.Reference) snapshot.at(RELEASED).content();
      JsonNode json = new ObjectMapper().readTree(reference.reference());
      assertThat(json.path("fid").asText()).isEqualTo(released.toString());
      ArchiveReceipt receipt = ReceiptCodec.decode(json.path("receipt").binaryValue());
      assertThat(site.store.keys()).contains(receipt.key());
      assertThat(snapshot.at(RELEASED).attributes())
          .anyMatch(
              a -> a.name().equals(PathBytes.of("kmesh.project")) && "77".equals(text(a.value())))
          .anyMatch(a -> a.name().equals(PathBytes.of("kmesh.hsm")));
      snapshot.restore(
          PathBytes.EMPTY, tree, TreeRestore.Overwrite.NEVER, tally, Retrier.Check.NONE);
    }
    assertThat(Files.readAllBytes(target.resolve("online"))).isEqualTo(content);
    // What is in the archive only is told, not left out in silence.
    assertThat(target.resolve("released")).doesNotExist();
    assertThat(tally.problems())
        .singleElement()
        .satisfies(p -> assertThat(p.path()).isEqualTo(RELEASED));
  }

  private static String text(byte @org.jspecify.annotations.Nullable [] bytes) {
    return bytes == null ? "" : new String(bytes, java.nio.charset.StandardCharsets.US_ASCII);
  }
}
