// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.core.internal.crypto.Argon2id;
import io.kmesh.core.internal.repository.Domains;
import io.kmesh.core.internal.repository.RandomIds;
import io.kmesh.core.internal.repository.chunk.TarBuilder;
import io.kmesh.core.internal.repository.collect.Checker;
import io.kmesh.core.internal.repository.keys.Credential;
import io.kmesh.core.internal.repository.keys.DomainKeys;
import io.kmesh.core.internal.repository.keys.Holder;
import io.kmesh.core.internal.repository.keys.KeySettings;
import io.kmesh.core.internal.repository.keys.RepositoryKeys;
import io.kmesh.core.internal.transfer.HostileTree;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.lustre.jna.JnaPosix;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.posix.XattrMode;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.store.DirectoryStore;
import io.kmesh.testkit.time.ManualTime;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A whole repository of version 0 in a directory store, as it was written once: it reads for ever.
 * And the reader that knows nothing but the format's text reads what is written now.
 */
class GoldenRepositoryTest {
  private static final String PASSPHRASE = "golden";
  private static final Argon2id.Cost CHEAP = new Argon2id.Cost(8, 1, 1);
  private static final Path PYTHON = Path.of("/usr/bin/python3");
  private static final Path READER = Path.of("src/test/python/kmesh_repository_reader.py");
  private static final Path SELF_TEST = Path.of("src/test/python/kmesh_repository_reader_test.py");
  private static final String NO_READER =
      "python3-argon2, python3-cryptography, python3-zstandard is not installed";
  private static final Set<OpenFlag> NEW = Set.of(OpenFlag.WRITE, OpenFlag.CREATE);

  private static Path golden() throws URISyntaxException {
    return Path.of(GoldenRepositoryTest.class.getResource("repository-0/kmesh-store").toURI())
        .getParent();
  }

  private static Holder holder() {
    return new Holder("golden", new Credential.Passphrase(PASSPHRASE.toCharArray()));
  }

  /** Makes the golden files anew: {@code make FOLDER}. */
  public static void main(String[] arguments) throws IOException {
    Path folder = Path.of(arguments[0]);
    Path source = Files.createTempDirectory("kmesh-golden");
    try (PosixTree tree = JnaPosix.open(source)) {
      fill(tree);
      write(folder, tree, "first");
      SnapshotWorld.write(tree, "d/small", 99, 1234);
      settle(tree);
      write(folder, tree, "second");
      Files.write(
          folder.resolve("expected.txt"),
          portable(SnapshotWorld.facts(tree)).entrySet().stream()
              .map(e -> e.getKey() + "\t" + e.getValue())
              .toList());
    }
    SnapshotWorld.delete(source);
  }

  /** Who runs the tests owns what is restored, unless it is root. */
  private static Map<String, String> portable(Map<String, String> facts) {
    Map<String, String> some = new TreeMap<>(facts);
    some.replaceAll((path, line) -> line.replaceFirst(" [0-9]+:[0-9]+ rdev", " rdev"));
    return some;
  }

  private static void settle(PosixTree tree) throws IOException {
    try (PosixDirectory root = tree.openRoot();
        PosixDirectory d = tree.openDirectory(PathBytes.of("d"))) {
      d.setTimes(PathBytes.of("small"), new FileTime(1, 0), new FileTime(1_600_000_000, 7));
      d.setTimes(new FileTime(1, 0), new FileTime(1_600_000_001, 8));
      root.setTimes(new FileTime(1, 0), new FileTime(-1, 9));
    }
  }

  private static void fill(PosixTree tree) throws IOException {
    for (String directory : List.of("d", "many", "empty")) {
      SnapshotWorld.directory(tree, directory);
    }
    try (PosixDirectory root = tree.openRoot();
        PosixDirectory d = tree.openDirectory(PathBytes.of("d"));
        PosixDirectory many = tree.openDirectory(PathBytes.of("many"))) {
      HostileTree.write(d, PathBytes.of("small"), 1, 3000);
      HostileTree.write(d, PathBytes.of(new byte[] {'n', (byte) 0xff, '\n'}), 2, 10);
      HostileTree.write(d, PathBytes.of("nothing"), 3, 0);
      root.makeNode(PathBytes.of("fifo"), FileType.FIFO, 0640, 0);
      root.setTimes(PathBytes.of("fifo"), new FileTime(1, 0), new FileTime(2, 3));
      root.makeSymlink(PathBytes.of("link"), PathBytes.of("../nowhere"));
      root.setTimes(PathBytes.of("link"), new FileTime(1, 0), new FileTime(4, 5));
      d.link(PathBytes.of("small"), root, PathBytes.of("second-name"));
      try (PosixFile floats = d.openFile(PathBytes.of("floats"), NEW)) {
        ByteBuffer bytes = ByteBuffer.allocate(300_004).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < 75_001; i++) {
          bytes.putFloat(0.25f * (i % 4000));
        }
        floats.write(bytes.flip(), 0);
        floats.setXattr(PathBytes.of("user.small"), new byte[] {1}, XattrMode.SET);
        floats.setXattr(PathBytes.of("user.large"), new byte[2000], XattrMode.SET);
        floats.setMode(04755);
        floats.setTimes(new FileTime(1, 0), new FileTime(1_500_000_000, 1));
      }
      try (PosixFile sparse = d.openFile(PathBytes.of("sparse"), NEW)) {
        sparse.truncate(1 << 20);
        sparse.write(ByteBuffer.wrap(HostileTree.random(4, 100)), 1 << 19);
        sparse.setTimes(new FileTime(1, 0), new FileTime(1_500_000_001, 1));
      }
      for (int i = 0; i < 700; i++) {
        PathBytes name = PathBytes.of("entry-" + i);
        many.makeSymlink(name, PathBytes.of("x"));
        many.setTimes(name, new FileTime(1, 0), new FileTime(i, 0));
      }
      many.setTimes(new FileTime(1, 0), new FileTime(6, 6));
      root.setTimes(PathBytes.of("empty"), new FileTime(1, 0), new FileTime(7, 7));
      root.setMode(PathBytes.of("empty"), 01711);
    }
    settle(tree);
  }

  private interface Work {
    void run(ObjectStore store, DomainKeys keys) throws IOException;
  }

  private static void in(Path folder, Work work) throws IOException {
    KeySettings settings = new KeySettings(SnapshotWorld.retrier(1), CHEAP);
    try (DirectoryStore store = DirectoryStore.builder(folder).open();
        RepositoryKeys keys =
            store.blocking().find("kmesh-repository").isPresent()
                ? RepositoryKeys.open(store, settings, holder().credential())
                : RepositoryKeys.init(store, settings, holder());
        DomainKeys domain = keys.domain("main")) {
      work.run(store, domain);
    }
  }

  private static SnapshotStore snapshots(ObjectStore store, DomainKeys keys) {
    return new SnapshotStore(
        Domains.open(store, keys, SnapshotWorld.retrier(1), null, RandomIds::attempt),
        ManualTime.create(),
        "golden",
        1);
  }

  private static void write(Path folder, PosixTree tree, String name) throws IOException {
    in(
        folder,
        (store, keys) ->
            snapshots(store, keys)
                .take(
                    new SnapshotStore.Request(
                        tree, PathBytes.EMPTY, name, "src", Map.of(), ContentGate.OPEN, false),
                    new ScanTally(),
                    Retrier.Check.NONE));
  }

  @Test
  void golden_restoresAsItDidWhenItWasWritten(@TempDir Path work) throws Exception {
    // A copy, since reading announces itself.
    Path copy = work.resolve("copy");
    copy(golden(), copy);
    Map<String, String> expected = new TreeMap<>();
    for (String line : Files.readAllLines(copy.resolve("expected.txt"))) {
      expected.put(line.substring(0, line.indexOf('\t')), line.substring(line.indexOf('\t') + 1));
    }
    Files.delete(copy.resolve("expected.txt"));
    Path target = Files.createDirectory(work.resolve("target"));
    in(
        copy,
        (store, keys) -> {
          try (PosixTree to = JnaPosix.open(target);
              OpenSnapshot open = snapshots(store, keys).open("second")) {
            open.restore(
                PathBytes.EMPTY,
                to,
                TreeRestore.Overwrite.NEVER,
                new ScanTally(),
                Retrier.Check.NONE);
            assertThat(portable(SnapshotWorld.facts(to))).isEqualTo(expected);
          }
          assertThat(
                  new Checker(
                          Domains.open(
                              store, keys, SnapshotWorld.retrier(1), null, RandomIds::attempt),
                          Map.of(SnapshotStore.KIND, SnapshotStore.ROOTS),
                          1,
                          0,
                          Retrier.Check.NONE)
                      .run()
                      .damages())
              .isEmpty();
        });
  }

  private static void copy(Path from, Path to) throws IOException {
    try (var paths = Files.walk(from)) {
      for (Path path : paths.toList()) {
        Files.copy(path, to.resolve(from.relativize(path).toString()));
      }
    }
  }

  @Test
  void independentReader_restoresWhatIsWrittenNow(@TempDir Path work) throws Exception {
    Assumptions.assumeTrue(hasReader(work), NO_READER);
    Path folder = Files.createDirectory(work.resolve("repository"));
    Path password = Files.writeString(work.resolve("password"), PASSPHRASE + "\n");
    try (PosixTree tree = JnaPosix.open(Files.createDirectory(work.resolve("source")))) {
      HostileTree.fill(tree);
      TarBuilder packed = new TarBuilder();
      for (int i = 0; i < 600; i++) { // more chunks than a list page holds at least
        packed.file("member-" + i, HostileTree.random(i, 4096 + i));
      }
      try (PosixFile file = tree.openFile(PathBytes.of("packed.tar"), NEW)) {
        file.write(ByteBuffer.wrap(packed.end()), 0);
      }
      Map<String, String> expected = SnapshotWorld.facts(tree);
      write(folder, tree, "now");
      Path target = work.resolve("target");
      read(work, folder, password, "restore", "now", target.toString());
      try (PosixTree to = JnaPosix.open(target)) {
        assertThat(SnapshotWorld.facts(to)).isEqualTo(expected);
      }
    }
    read(work, golden(), password, "check");
  }

  /** That reads what it writes itself by the format's text, and finds all damage. */
  @Test
  void independentReader_passesItsOwnTests(@TempDir Path work) throws Exception {
    Assumptions.assumeTrue(hasReader(work), NO_READER);
    int code = run(work, PYTHON.toString(), SELF_TEST.toAbsolutePath().toString());
    assertThat(code).as(Files.readString(work.resolve("out"), StandardCharsets.UTF_8)).isZero();
  }

  private static boolean hasReader(Path work) throws IOException, InterruptedException {
    return Files.exists(PYTHON)
        && run(work, PYTHON.toString(), "-c", "import argon2, cryptography, zstandard") == 0;
  }

  private static void read(Path work, Path repository, Path password, String... more)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(PYTHON.toString());
    command.add(READER.toAbsolutePath().toString());
    command.addAll(
        List.of("--repo", repository.toString(), "--password-file", password.toString()));
    command.addAll(List.of(more));
    int code = run(work, command.toArray(new String[0]));
    assertThat(code).as(Files.readString(work.resolve("out"), StandardCharsets.UTF_8)).isZero();
  }

  private static int run(Path work, String... command) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(work.resolve("out").toFile())
            .start();
    if (!process.waitFor(Duration.ofMinutes(2).toSeconds(), TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError("The reader does not end.");
    }
    return process.exitValue();
  }
}
