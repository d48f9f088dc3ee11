// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.sim;

import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmFlag;
import io.kmesh.lustre.Layout;
import io.kmesh.lustre.jna.JnaPosixTreeProvider;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.testkit.internal.lustre.HsmAttributes;
import io.kmesh.testkit.internal.lustre.HsmInodes;
import io.kmesh.testkit.internal.lustre.RestoreOnAccess;
import io.kmesh.testkit.internal.lustre.fs.Shape;
import io.kmesh.testkit.internal.lustre.fs.SimFileSystem;
import io.kmesh.testkit.internal.lustre.fs.StorageSteps;
import io.kmesh.testkit.lustre.DirectoryPlacement;
import io.kmesh.testkit.time.ManualTime;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A simulated file system with a small restorer of its own, and short forms for tests. */
final class SimFixture implements Closeable {
  static final long GIB = 1L << 30;
  static final Shape SHAPE =
      new Shape(
          "lustre",
          List.of(GIB, GIB),
          List.of(GIB, GIB, GIB, GIB),
          Map.of("fast", List.of(0, 1), "cheap", List.of(2, 3)),
          Layout.plain(1));

  final ManualTime time;
  final SimFileSystem fs;
  final PosixTree tree;
  final HsmInodes hsm;
  final Restorer restorer = new Restorer();

  private SimFixture(SimFileSystem fs, ManualTime time) throws IOException {
    this.time = time;
    this.fs = fs;
    this.tree = fs.tree();
    this.hsm = fs.hsmInodes();
    fs.start(restorer);
  }

  static SimFixture open(Path directory) throws IOException {
    return open(directory, SHAPE, null);
  }

  static SimFixture open(Path directory, Shape shape, @Nullable Long uid) throws IOException {
    return open(
        directory, new JnaPosixTreeProvider().open(directory), shape, uid, StorageSteps.UNSEEN);
  }

  static SimFixture open(
      Path directory, PosixTree host, Shape shape, @Nullable Long uid, StorageSteps steps)
      throws IOException {
    ManualTime time = ManualTime.create();
    return new SimFixture(
        SimFileSystem.open(
            new SimFileSystem.Options(
                directory,
                host,
                shape,
                DirectoryPlacement.ROUND_ROBIN,
                time,
                uid,
                uid,
                "test.0",
                "0@lo",
                steps)),
        time);
  }

  static PathBytes name(String text) {
    return PathBytes.of(text);
  }

  /** Writes a file anew. */
  Fid write(String path, byte[] content) throws IOException {
    try (PosixFile file =
        tree.openFile(name(path), EnumSet.of(OpenFlag.WRITE, OpenFlag.CREATE, OpenFlag.TRUNCATE))) {
      file.write(ByteBuffer.wrap(content), 0);
      return fs.identity().fid(file);
    }
  }

  Fid write(String path, String content) throws IOException {
    return write(path, content.getBytes(StandardCharsets.UTF_8));
  }

  byte[] read(String path) throws IOException {
    try (PosixFile file = tree.openFile(name(path), Set.of(OpenFlag.READ))) {
      return read(file);
    }
  }

  static byte[] read(PosixFile file) throws IOException {
    ByteBuffer content = ByteBuffer.allocate((int) file.stat().size() + 1);
    int read = 0;
    while (read >= 0) {
      read = file.read(content, content.position());
    }
    byte[] bytes = new byte[content.position()];
    content.flip().get(bytes);
    return bytes;
  }

  void mkdir(String path) throws IOException {
    PathBytes p = name(path);
    try (PosixDirectory parent = tree.openDirectory(p.parent())) {
      parent.makeDirectory(p.name(), 0755);
    }
  }

  /** Marks a file as archived as it is now, as the coordinator does. */
  void archived(Fid fid) throws IOException {
    long version = hsm.dataVersion(fid);
    hsm.update(
        fid, a -> a.with(HsmFlag.EXISTS, HsmFlag.ARCHIVED).inArchive(1).atVersion(version), null);
  }

  /** Archives into the restorer's memory, then releases. */
  void archiveAndRelease(Fid fid) throws IOException {
    try (PosixFile file = hsm.openInternal(fid, Set.of(OpenFlag.READ))) {
      restorer.contents.put(fid, read(file));
    }
    archived(fid);
    hsm.release(fid);
  }

  @Override
  public void close() throws IOException {
    fs.close();
  }

  /** Restores at once, from memory. */
  final class Restorer implements RestoreOnAccess {
    final Map<Fid, byte[]> contents = new java.util.concurrent.ConcurrentHashMap<>();
    final List<Fid> restored = new ArrayList<>();
    final List<Fid> unlinked = new ArrayList<>();

    @Override
    public synchronized void restoreAndWait(Fid fid) throws IOException {
      if (!hsm.attributes(fid).has(HsmFlag.RELEASED)) {
        return;
      }
      byte[] content = contents.get(fid);
      if (content == null) {
        throw new ProviderException(Errno.ENODATA, "Cannot restore " + fid + ": no copy.");
      }
      Fid temporary = hsm.createVolatile(fid);
      try (PosixFile file = hsm.openInternal(temporary, Set.of(OpenFlag.WRITE))) {
        file.write(ByteBuffer.wrap(content), 0);
        hsm.swapRestored(fid, temporary, null);
      }
      restored.add(fid);
    }

    @Override
    public synchronized void onLastUnlink(Fid fid, HsmAttributes attributes) {
      unlinked.add(fid);
    }
  }

  /** The names of a backing folder, all shards together. */
  static List<String> stored(Path directory, String area) throws IOException {
    try (var paths = Files.walk(directory.resolve(area), 2)) {
      return paths
          .filter(p -> directory.resolve(area).relativize(p).getNameCount() == 2)
          .map(p -> String.valueOf(p.getFileName()))
          .sorted()
          .toList();
    }
  }
}
