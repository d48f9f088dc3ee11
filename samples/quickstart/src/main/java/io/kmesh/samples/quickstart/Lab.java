// SPDX-License-Identifier: Apache-2.0
package io.kmesh.samples.quickstart;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.kmesh.Cluster;
import io.kmesh.Kmesh;
import io.kmesh.copytool.Copytool;
import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmActionKind;
import io.kmesh.lustre.Layout;
import io.kmesh.path.PathBytes;
import io.kmesh.repository.Credential;
import io.kmesh.repository.RepositoryArchive;
import io.kmesh.spi.posix.DirectoryCursor;
import io.kmesh.spi.posix.DirectoryEntry;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.state.SqliteState;
import io.kmesh.store.DirectoryStore;
import io.kmesh.testkit.lustre.CoordinatorSettings;
import io.kmesh.testkit.lustre.LastUnlink;
import io.kmesh.testkit.lustre.SimulatedLustre;
import io.kmesh.unit.DataSize;
import io.kmesh.unit.Percent;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The simulated Lustre with its pools, the stores, Kmesh and the copytool of a run. */
final class Lab implements AutoCloseable {
  static final String STORE = "archive";
  static final String REPOSITORY = "backup";
  static final String FAST = "fast";
  static final String CHEAP = "cheap";

  /** Where the input lies in the Lustre, and its virtual copy. */
  static final PathBytes DATA = PathBytes.of("data");

  static final PathBytes COPY = PathBytes.of("what-if");

  /** The HSM's archives: the repository, where the copy's files come from, and the store. */
  private static final ArchiveId REPOSITORY_ARCHIVE = ArchiveId.of(1);

  private static final ArchiveId STORE_ARCHIVE = ArchiveId.of(2);

  /** The fast pool holds the input and a copy that was read, and what the changes add to them. */
  private static final double ROOM = 2.6;

  private static final int MDTS = 2;
  private static final long LEAST_ROOM = 128L << 20;
  private static final int REQUESTS = 256;
  private static final int WORKERS = 64;

  /**
   * What the coordinator sent to a copytool that was killed before it wrote that down comes back
   * after this time: an hour by default, too long to watch. Items at hand are kept alive.
   */
  private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(20);

  private static final Duration HEARTBEAT = Duration.ofSeconds(2);

  /** How long the coordinator lists what has ended: a minute by default, and 130 bytes each. */
  private static final Duration GRACE_DELAY = Duration.ofSeconds(5);

  private final Path work;
  private final long inputBytes;
  private final Figures figures;
  private final Journal journal;
  private final SimulatedLustre lustre;
  private final SqliteState state;
  private final DirectoryStore store;
  private final DirectoryStore backup;
  private final Kmesh kmesh;
  private final RepositoryArchive archive;
  private final Copytool copytool;
  private final Cluster cluster;

  private Lab(Path work, Figures figures, Journal journal, Path manifest) throws IOException {
    this.work = work;
    this.figures = figures;
    this.journal = journal;
    long[] space = space(manifest);
    this.inputBytes = space[0];
    long pool = (long) (space[1] * ROOM) + LEAST_ROOM;
    this.lustre =
        SimulatedLustre.builder(work.resolve("lustre"))
            .mdts(MDTS, DataSize.ofTib(1))
            .osts(1, DataSize.ofBytes(pool))
            .osts(2, DataSize.ofBytes(2 * pool))
            .pool(FAST, 0)
            .pool(CHEAP, 1, 2)
            .coordinator(
                CoordinatorSettings.DEFAULTS
                    .withMaxRequests(REQUESTS)
                    .withActiveRequestTimeout(REQUEST_TIMEOUT)
                    .withGraceDelay(GRACE_DELAY)
                    .withLastUnlink(LastUnlink.REMOVE_ARCHIVE))
            .open();
    lustre
        .layouts()
        .changeDirectoryDefault(lustre.identity().fid(PathBytes.EMPTY), Layout.plain(1, 0, FAST));
    try (PosixDirectory top = lustre.tree().openRoot()) {
      if (top.find(DATA).isEmpty()) {
        top.makeDirectory(DATA, 0755);
      }
    }
    this.state = SqliteState.builder(work.resolve("kmesh.db")).observer(figures).open();
    this.store = DirectoryStore.builder(storeFolder()).observer(figures).open();
    this.backup = DirectoryStore.builder(backupFolder()).observer(figures).open();
    this.kmesh =
        Kmesh.builder()
            .state(state)
            .store(STORE, store, STORE_ARCHIVE)
            .repository(REPOSITORY, backup, Credential.passphraseFile(passphrase(work)))
            .flowFolder(work.resolve("flows"))
            .site(work.resolve("site"))
            .listenForEnrolment("127.0.0.1:0")
            .observer(figures)
            .build();
    kmesh.repositories().init(REPOSITORY);
    this.archive =
        kmesh.repositories().find(REPOSITORY).orElseThrow().archive(lustre, REPOSITORY_ARCHIVE);
    this.copytool =
        Copytool.builder(lustre)
            .state(state)
            .stores(kmesh.stores())
            .archive(REPOSITORY_ARCHIVE, archive)
            .observer(figures)
            .workers(WORKERS)
            .heartbeat(HEARTBEAT)
            .start();
    this.cluster = kmesh.clusters().attach("lab", lustre);
  }

  static Lab open(Path work, Figures figures, Journal journal, Path manifest) throws IOException {
    return new Lab(work, figures, journal, manifest);
  }

  /** The bytes of all files by the verifier's manifest: their lengths, and the space they take. */
  private static long[] space(Path manifest) throws IOException {
    ObjectMapper json = new ObjectMapper();
    long[] bytes = new long[2];
    try (BufferedReader lines = Files.newBufferedReader(manifest, StandardCharsets.UTF_8)) {
      String line;
      while ((line = lines.readLine()) != null) {
        JsonNode entry = json.readTree(line);
        if (entry.path("type").asText().equals("file")) {
          bytes[0] += entry.path("size").asLong();
          bytes[1] +=
              Math.max(entry.path("allocated").asLong(), Math.min(4096, entry.path("size").asLong()));
        }
      }
    }
    return bytes;
  }

  /** The file with the passphrase of this run's repository, drawn when there is none. */
  private static Path passphrase(Path work) throws IOException {
    Path file = work.resolve("passphrase");
    if (!Files.exists(file)) {
      byte[] drawn = new byte[24];
      new SecureRandom().nextBytes(drawn);
      Path draft = work.resolve("passphrase.draft");
      Files.deleteIfExists(draft);
      Files.createFile(
          draft,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      Files.writeString(draft, Base64.getEncoder().encodeToString(drawn) + "\n");
      Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE);
    }
    return file;
  }

  Kmesh kmesh() {
    return kmesh;
  }

  Cluster cluster() {
    return cluster;
  }

  PosixTree tree() {
    return lustre.tree();
  }

  /** The file system as a program sees it that knows {@code java.nio.file} and nothing else. */
  FileSystem mount() {
    return lustre.fileSystem();
  }

  long inputBytes() {
    return inputBytes;
  }

  Path storeFolder() {
    return work.resolve("store");
  }

  Path backupFolder() {
    return work.resolve("backup");
  }

  /** Makes this the first site of a mesh, with the authority. */
  void beSite() {
    if (kmesh.sites().self().isEmpty()) {
      kmesh.sites().createAuthority("lab", "127.0.0.1:1");
    }
  }

  /** A changelog user of each MDT. */
  Map<Integer, String> registerChangelogUsers() throws IOException {
    Map<Integer, String> users = new TreeMap<>();
    for (int mdt = 0; mdt < MDTS; mdt++) {
      users.put(mdt, lustre.changelogAdmin().register(mdt, Optional.empty()));
    }
    return users;
  }

  void dropChangelogUsers(Map<Integer, String> users) throws IOException {
    for (Map.Entry<Integer, String> user : users.entrySet()) {
      lustre.changelogAdmin().deregister(user.getKey(), user.getValue());
    }
  }

  /** A tree of the host. */
  PosixTree open(Path folder) throws IOException {
    return HostTree.open(folder);
  }

  /** A part of the share of a pool that is in use now: a watermark that this run crosses. */
  Percent mark(String pool, double part) {
    return cluster.pools().stream()
        .filter(p -> p.name().equals(pool))
        .findFirst()
        .map(p -> new Percent(p.share().value() * part))
        .orElseThrow();
  }

  /** Has copies removed whose file is gone: what a copytool was sent as it was killed is lost. */
  long removeOrphans() throws IOException {
    return copytool.removeOrphans();
  }

  /** Waits until the coordinators have nothing more to do. */
  void awaitQuiet() throws InterruptedException {
    while (lustre.coordinator().actions().stream().anyMatch(a -> !a.status().isFinal())) {
      Thread.sleep(20);
    }
  }

  /** Whether a restore that a killed run asked for has not ended yet. */
  boolean isBeingRestored(PathBytes path) throws IOException {
    Fid fid = lustre.identity().fid(path);
    return lustre.coordinator().actions().stream()
        .anyMatch(
            a ->
                a.action() == HsmActionKind.RESTORE
                    && a.fid().equals(fid)
                    && !a.status().isFinal());
  }

  /** How many restores a copytool was given since this process opened the file system. */
  long restores() {
    return lustre.coordinator().statistics().delivered(HsmActionKind.RESTORE);
  }

  /** The same, with what earlier runs on this work folder noted. */
  long restoresInAll() {
    return journal.number("restored.before", 0) + restores();
  }

  /** The largest regular file below a path that is not larger than a bound; empty when there is none. */
  PathBytes largest(PathBytes root, long most) throws IOException {
    PathBytes[] best = {PathBytes.EMPTY};
    long[] size = {0};
    try (PosixDirectory directory = tree().openDirectory(root)) {
      largest(directory, root, most, best, size);
    }
    return best[0];
  }

  private static void largest(
      PosixDirectory directory, PathBytes path, long most, PathBytes[] best, long[] size)
      throws IOException {
    try (DirectoryCursor cursor = directory.entries()) {
      List<DirectoryEntry> batch;
      while (!(batch = cursor.next()).isEmpty()) {
        for (DirectoryEntry entry : batch) {
          FileStat stat = directory.stat(entry.name());
          PathBytes child = path.resolve(entry.name());
          if (stat.isDirectory()) {
            try (PosixDirectory below = directory.openDirectory(entry.name())) {
              largest(below, child, most, best, size);
            }
          } else if (stat.isRegular()
              && stat.size() > size[0]
              && stat.size() <= most
              && child.utf8().isPresent()) {
            best[0] = child;
            size[0] = stat.size();
          }
        }
      }
    }
  }

  /** Figures that belong to this process are added to those of earlier ones. */
  private void keepFigures() throws IOException {
    journal.add("restored.before", restores());
    journal.add("commits.before", figures.journalCommits());
    journal.add("fsyncs.before", figures.fsyncs());
    journal.save();
  }

  @Override
  public void close() throws IOException {
    try {
      copytool.close();
      archive.close();
      kmesh.close();
      keepFigures();
    } finally {
      store.close();
      backup.close();
      state.close();
      lustre.close();
    }
  }
}
