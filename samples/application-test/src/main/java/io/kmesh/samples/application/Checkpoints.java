// SPDX-License-Identifier: Apache-2.0
package io.kmesh.samples.application;

import static io.kmesh.Durability.REMOTE;
import static io.kmesh.unit.Units.minutes;

import io.kmesh.KmeshException;
import io.kmesh.Receipt;
import io.kmesh.lustre.Hsm;
import io.kmesh.lustre.HsmReport;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/**
 * The checkpoints of a simulation. A checkpoint is written with plain Java; once a copy of it is proved
 * to be in the object store its space on the file system is freed. What is not proved stays.
 */
public final class Checkpoints {
  private final Path mount;
  private final Path folder;
  private final Hsm hsm;

  /**
   * Checkpoints of one run.
   *
   * @param mount where the file system is mounted
   * @param folder the run's folder below it
   * @param hsm the file system's HSM
   */
  public Checkpoints(Path mount, Path folder, Hsm hsm) {
    this.mount = mount;
    this.folder = folder;
    this.hsm = hsm;
  }

  /**
   * Writes a checkpoint: whole or not at all.
   *
   * @return the proof of its copy, and its space is free; empty when no copy could be proved, and the
   *     file stays as it is
   */
  public Optional<Receipt> save(int step, byte[] state) throws IOException {
    Path file = file(step);
    Files.createDirectories(folder);
    Path draft = folder.resolve("draft");
    try (FileChannel channel =
        FileChannel.open(
            draft,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      channel.write(java.nio.ByteBuffer.wrap(state));
      channel.force(true);
    }
    Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE);
    return secure(file);
  }

  /** Reads a checkpoint, wherever its bytes are. */
  public byte[] load(int step) throws IOException {
    return Files.readAllBytes(file(step));
  }

  /** The file of a checkpoint. */
  public Path file(int step) {
    return folder.resolve("ckpt." + step);
  }

  private Optional<Receipt> secure(Path file) {
    String path = mount.relativize(file).toString();
    try {
      Receipt receipt = hsm.archive(path, a -> a.durability(REMOTE)).await(minutes(10));
      HsmReport freed = hsm.release(path).await(minutes(1));
      return freed.failed() == 0 ? Optional.of(receipt) : Optional.empty();
    } catch (KmeshException e) {
      return Optional.empty();
    }
  }
}
