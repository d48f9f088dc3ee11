// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmFlag;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.DirectoryCursor;
import io.kmesh.spi.posix.DirectoryEntry;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** What a file system holds, as text by path, without FIDs and times. */
final class SimSnapshot {
  private SimSnapshot() {}

  static Map<String, String> of(SimFixture sim) throws IOException {
    Map<String, String> all = new TreeMap<>();
    try (PosixDirectory root = sim.tree.openRoot()) {
      add(sim, root, PathBytes.EMPTY, all);
    }
    return all;
  }

  private static void add(
      SimFixture sim, PosixDirectory directory, PathBytes path, Map<String, String> all)
      throws IOException {
    all.put(path.toString() + "/", "links " + directory.stat().links());
    try (DirectoryCursor cursor = directory.entries()) {
      for (List<DirectoryEntry> batch = cursor.next(); !batch.isEmpty(); batch = cursor.next()) {
        for (DirectoryEntry entry : batch) {
          PathBytes name = entry.name();
          PathBytes at = path.resolve(name);
          FileStat stat = directory.stat(name);
          assertThat(entry.type()).contains(stat.type());
          assertThat(entry.inode()).isEqualTo(stat.inode());
          Fid fid = sim.fs.identity().fid(at);
          assertThat(sim.fs.identity().paths(fid)).contains(at);
          assertThat(sim.fs.identity().paths(fid)).hasSize(pathsOf(stat));
          if (stat.isDirectory()) {
            try (PosixDirectory below = directory.openDirectory(name)) {
              add(sim, below, at, all);
            }
          } else {
            all.put(at.toString(), describe(sim, directory, name, stat, fid));
          }
        }
      }
    }
  }

  private static int pathsOf(FileStat stat) {
    return stat.isDirectory() ? 1 : (int) stat.links();
  }

  private static String describe(
      SimFixture sim, PosixDirectory directory, PathBytes name, FileStat stat, Fid fid)
      throws IOException {
    StringBuilder text =
        new StringBuilder()
            .append(stat.type())
            .append(' ')
            .append(stat.mode())
            .append(" links ")
            .append(stat.links());
    if (stat.type() == FileType.SYMLINK) {
      return text.append(" -> ").append(directory.readSymlink(name)).toString();
    }
    for (PathBytes xattr : directory.xattrNames(name)) {
      text.append(' ')
          .append(xattr)
          .append('=')
          .append(Arrays.hashCode(directory.xattr(name, xattr).orElseThrow()));
    }
    if (!stat.isRegular()) {
      return text.toString();
    }
    text.append(" hsm ").append(sim.hsm.attributes(fid).flags());
    text.append(" pool ").append(sim.fs.layouts().layout(fid).pool().orElse("-"));
    text.append(" size ").append(stat.size());
    if (!sim.hsm.attributes(fid).has(HsmFlag.RELEASED)) {
      try (PosixFile file =
          directory.openFile(name, Set.of(OpenFlag.READ, OpenFlag.NO_ACCESS_TIME))) {
        text.append(" data ").append(Arrays.hashCode(SimFixture.read(file)));
      }
    }
    return text.toString();
  }

  /**
   * A state that a change of several calls may leave: each path as before or as after, or an empty
   * file where one is written.
   */
  static Map<String, String> between(
      Map<String, String> found, Map<String, String> before, Map<String, String> after) {
    Map<String, String> allowed = new TreeMap<>(before);
    for (Map.Entry<String, String> entry : found.entrySet()) {
      String path = entry.getKey();
      String now = entry.getValue();
      String end = after.get(path);
      boolean emptied = end != null && now.endsWith(" size 0 data 1") && end.startsWith("REGULAR");
      if (now.equals(end) || emptied) {
        allowed.put(path, now);
      }
    }
    return allowed;
  }

  /** Every stored file belongs to an inode with a name. */
  static void assertNoGarbage(SimFixture sim, Path directory) throws IOException {
    int[] counts = new int[2];
    count(sim, PathBytes.EMPTY, counts);
    assertThat(SimFixture.stored(directory, "dirs")).hasSize(counts[0]);
    assertThat(SimFixture.stored(directory, "objects")).hasSizeLessThanOrEqualTo(counts[1]);
    assertThat(SimFixture.stored(directory, "overflow"))
        .hasSizeLessThanOrEqualTo(counts[0] + counts[1]);
    assertThat(sim.fs.inodesInUse()).isZero();
  }

  private static void count(SimFixture sim, PathBytes path, int[] counts) throws IOException {
    counts[0]++;
    try (PosixDirectory directory = sim.tree.openDirectory(path);
        DirectoryCursor cursor = directory.entries()) {
      for (List<DirectoryEntry> batch = cursor.next(); !batch.isEmpty(); batch = cursor.next()) {
        for (DirectoryEntry entry : batch) {
          if (entry.type().filter(FileType.DIRECTORY::equals).isPresent()) {
            count(sim, path.resolve(entry.name()), counts);
          } else {
            counts[1]++;
          }
        }
      }
    }
  }
}
