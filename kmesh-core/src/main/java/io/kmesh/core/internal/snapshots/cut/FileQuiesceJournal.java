// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.cut;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.quiesce.QuiesceHook;
import io.kmesh.spi.quiesce.ScriptHook;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * A journal of one file for each site that is frozen, in a folder of the user's own: what is in it
 * is run. The process that opens it next thaws what a killed one left.
 */
public final class FileQuiesceJournal implements QuiesceJournal {
  private static final String END = ".json";
  private static final int MOST = 1 << 20;

  private final Path folder;
  private final String host;

  private FileQuiesceJournal(Path folder, String host) {
    this.folder = folder;
    this.host = host;
  }

  /**
   * The journal in a folder, which is made when it is not there.
   *
   * @param host where this runs: what other hosts froze is left to them
   * @throws ProviderException DENIED when others than its owner may write there, or it is not ours
   */
  public static FileQuiesceJournal in(Path folder, String host) throws IOException {
    if (Files.notExists(folder)) {
      Path parent = folder.toAbsolutePath().getParent();
      if (parent != null) {
        Files.createDirectories(parent);
      }
      Files.createDirectory(
          folder,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }
    String mode = PosixFilePermissions.toString(Files.getPosixFilePermissions(folder));
    if (mode.charAt(4) == 'w' || mode.charAt(7) == 'w' || !isOurs(folder)) {
      throw new ProviderException(
          ErrorKind.DENIED,
          "Cannot use "
              + folder
              + " for the journal of frozen sites: others may write there ("
              + mode
              + "), and what is in it is run. Make it your own: chmod 700.");
    }
    return new FileQuiesceJournal(folder, host);
  }

  /** Whether a file that was made by this process has the folder's owner. */
  private static boolean isOurs(Path folder) throws IOException {
    Path probe = Files.createTempFile(folder, "probe", "");
    try {
      return Files.getOwner(probe).equals(Files.getOwner(folder));
    } finally {
      Files.delete(probe);
    }
  }

  private Path file(String cut, String name) {
    // The name is anybody's: as hexadecimal digits it can lead nowhere.
    String hex = HexFormat.of().formatHex(name.getBytes(StandardCharsets.UTF_8));
    String shortened =
        hex.length() <= 120
            ? hex
            : hex.substring(0, 100) + "-" + Integer.toHexString(name.hashCode());
    return folder.resolve(cut + "-" + shortened + END);
  }

  @Override
  public void freezing(String cut, QuiesceHook hook) throws IOException {
    Path file = file(cut, hook.name());
    Path temporary = folder.resolve(file.getFileName() + ".new");
    try (FileChannel channel =
        FileChannel.open(
            temporary,
            StandardOpenOption.WRITE,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING)) {
      ByteBuffer bytes = ByteBuffer.wrap(FrozenSite.of(cut, hook, host).write());
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    }
    Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
    try (FileChannel channel = FileChannel.open(folder)) {
      channel.force(true);
    }
  }

  @Override
  public void thawed(String cut, QuiesceHook hook) throws IOException {
    Files.deleteIfExists(file(cut, hook.name()));
  }

  /** What processes of this host that ended left frozen. */
  public List<FrozenSite> left() throws IOException {
    List<FrozenSite> left = new ArrayList<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(f -> f.toString().endsWith(END)).sorted().toList()) {
        Optional<FrozenSite> site = read(file);
        site.filter(s -> s.host().equals(host) && !s.isOwned()).ifPresent(left::add);
      }
    }
    return left;
  }

  private static Optional<FrozenSite> read(Path file) throws IOException {
    if (Files.size(file) > MOST) {
      throw new ProviderException(
          ErrorKind.CORRUPT,
          "Cannot read " + file + ": it has more than " + MOST + " bytes. Look at it by hand.");
    }
    try {
      return Optional.of(FrozenSite.read(file.toString(), Files.readAllBytes(file)));
    } catch (java.nio.file.NoSuchFileException e) {
      // Thawed meanwhile.
      return Optional.empty();
    }
  }

  /**
   * Thaws what was left.
   *
   * @param hooks gives the hook of a site; empty when this process can't thaw it
   * @return what can't be thawed by this process
   */
  public List<FrozenSite> thawLeft(
      Function<FrozenSite, Optional<QuiesceHook>> hooks,
      QuiesceLimits limits,
      io.kmesh.spi.time.KmeshTime time)
      throws IOException {
    List<FrozenSite> unknown = new ArrayList<>();
    for (FrozenSite site : left()) {
      Optional<QuiesceHook> hook =
          site.thawCommand()
              .<QuiesceHook>map(command -> new ScriptHook(site.name(), "", command))
              .or(() -> hooks.apply(site));
      if (hook.isEmpty()) {
        unknown.add(site);
      } else {
        new Quiesce(site.cut(), limits, time, this).thawAlone(hook.get());
      }
    }
    return unknown;
  }
}
