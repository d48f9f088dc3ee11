// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.sim;

import static io.kmesh.lustre.jna.sim.SimFixture.name;

import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.Extent;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmActionKind;
import io.kmesh.lustre.HsmFlag;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.lustre.ActionItem;
import io.kmesh.spi.lustre.CopytoolSession;
import io.kmesh.spi.lustre.HsmRequest;
import io.kmesh.spi.lustre.RunningAction;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.testkit.lustre.CoordinatorCommand;
import io.kmesh.testkit.lustre.CoordinatorSettings;
import io.kmesh.testkit.lustre.LastUnlink;
import io.kmesh.testkit.lustre.SimulatedLustre;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A whole simulated Lustre with a copytool that its user runs himself, and an archive of plain
 * files beside it that survives the process. One thread.
 */
final class SimArchive implements Closeable {
  /** Every content begins so. */
  static final String MARK = "version ";

  final SimulatedLustre lustre;
  private final Path archive;
  private @Nullable CopytoolSession session;

  private SimArchive(SimulatedLustre lustre, Path archive) {
    this.lustre = lustre;
    this.archive = archive;
  }

  /** The copytool; registered when it is first needed. */
  private CopytoolSession session() throws IOException {
    CopytoolSession open = session;
    if (open == null) {
      open = lustre.copytools().register(Set.of());
      session = open;
    }
    return open;
  }

  static SimArchive open(Path directory) throws IOException {
    Path archive = directory.resolve("archive");
    Files.createDirectories(archive);
    SimulatedLustre lustre =
        SimulatedLustre.builder(directory.resolve("fs"))
            .caller(0, 0)
            .coordinator(
                CoordinatorSettings.DEFAULTS
                    .withMaxRequests(4)
                    .withLastUnlink(LastUnlink.REMOVE_ARCHIVE))
            .open();
    if (lustre.changelogAdmin().users(0).isEmpty()) {
      lustre.changelogs().register(0, Optional.empty());
    }
    return new SimArchive(lustre, archive);
  }

  /**
   * Takes the slots back that a dead copytool's actions hold, as an operator does: after the
   * shutdown they are free, and the actions would stay STARTED until they time out.
   */
  void freeSlots() throws IOException {
    lustre.coordinator().control(CoordinatorCommand.SHUTDOWN);
    lustre.coordinator().control(CoordinatorCommand.ENABLED);
    lustre.coordinator().control(CoordinatorCommand.PURGE);
    lustre.coordinator().control(CoordinatorCommand.ENABLED);
    pump(Set.of());
  }

  boolean isThere(String file) throws IOException {
    try (PosixDirectory root = lustre.tree().openRoot()) {
      return root.find(name(file)).isPresent();
    }
  }

  boolean has(String file, HsmFlag flag) throws IOException {
    return lustre.hsm().state(lustre.identity().fid(name(file))).flags().contains(flag);
  }

  /** The flags; - when the file is not there. */
  String state(String file) throws IOException {
    return isThere(file)
        ? Integer.toHexString(lustre.hsm().state(lustre.identity().fid(name(file))).bits())
        : "-";
  }

  /** The version that the content says, of a released file the archive's; - when there is none. */
  String version(String file) throws IOException {
    if (!isThere(file)) {
      return "-";
    }
    String content;
    if (has(file, HsmFlag.RELEASED)) {
      content = archived(lustre.identity().fid(name(file)));
    } else {
      try (PosixFile open = lustre.tree().openFile(name(file), Set.of(OpenFlag.READ))) {
        content = new String(SimFixture.read(open), StandardCharsets.US_ASCII);
      }
    }
    return content.isEmpty() ? "empty" : content.split(" ", -1)[1];
  }

  String archived(Fid fid) throws IOException {
    return Files.readString(place(fid), StandardCharsets.US_ASCII);
  }

  private Path place(Fid fid) {
    return archive.resolve(fid.toString());
  }

  /** Writes a file anew. */
  void write(String file, String version, int size) throws IOException {
    String text = MARK + version + " " + "x".repeat(size);
    try (PosixFile open =
        lustre
            .tree()
            .openFile(name(file), EnumSet.of(OpenFlag.WRITE, OpenFlag.CREATE, OpenFlag.TRUNCATE))) {
      open.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)), 0);
    }
  }

  /** Asks for an action on those of the files that are there and allow it, and does it. */
  void run(HsmActionKind action, Collection<String> files) throws IOException {
    Set<Fid> wanted = new HashSet<>();
    for (String file : files) {
      if (isThere(file)
          && has(file, HsmFlag.RELEASED) == (action == HsmActionKind.RESTORE)
          && !(action == HsmActionKind.ARCHIVE
              && has(file, HsmFlag.ARCHIVED)
              && !has(file, HsmFlag.DIRTY))) {
        wanted.add(lustre.identity().fid(name(file)));
      }
    }
    if (!wanted.isEmpty()) {
      lustre.hsm().request(HsmRequest.of(action, ArchiveId.ANY, List.copyOf(wanted)));
    }
    pump(wanted);
  }

  /** Releases those of the files that may be. */
  void release(Collection<String> files) throws IOException {
    for (String file : files) {
      if (isThere(file) && has(file, HsmFlag.ARCHIVED) && !has(file, HsmFlag.DIRTY)) {
        lustre
            .hsm()
            .request(
                HsmRequest.of(
                    HsmActionKind.RELEASE,
                    ArchiveId.ANY,
                    List.of(lustre.identity().fid(name(file)))));
      }
    }
  }

  /** Does what comes until all files had their action and no more waits. */
  private void pump(Set<Fid> wanted) throws IOException {
    Set<Fid> left = new HashSet<>(wanted);
    while (!left.isEmpty() || isBusy()) {
      for (ActionItem item : session().receive(Duration.ofMillis(20))) {
        execute(item);
        left.remove(item.fid());
      }
    }
  }

  private boolean isBusy() {
    return lustre.coordinator().actions().stream().anyMatch(a -> !a.status().isFinal());
  }

  private void execute(ActionItem item) throws IOException {
    if (item.action() == HsmActionKind.CANCEL) {
      return;
    }
    if (item.action() == HsmActionKind.REMOVE) {
      try (RunningAction running = session().begin(item)) {
        Files.deleteIfExists(place(item.fid()));
        running.succeed();
      }
      return;
    }
    try (RunningAction running = session().begin(item)) {
      if (item.action() == HsmActionKind.ARCHIVE) {
        Path fresh = archive.resolve("new");
        Files.write(fresh, SimFixture.read(running.data()));
        Files.move(
            fresh,
            place(item.fid()),
            StandardCopyOption.ATOMIC_MOVE,
            StandardCopyOption.REPLACE_EXISTING);
      } else {
        running.data().write(ByteBuffer.wrap(Files.readAllBytes(place(item.fid()))), 0);
      }
      running.progress(new Extent(0, 1));
      running.succeed();
    } catch (ProviderException e) {
      // The file of an older request may be gone: its action ends with it.
      if (!e.errno().filter(Errno.ENOENT::equals).isPresent()) {
        throw e;
      }
      session().fail(item, Errno.ENOENT, null);
    }
  }

  @Override
  public void close() throws IOException {
    CopytoolSession open = session;
    if (open != null) {
      open.close();
    }
    lustre.close();
  }
}
