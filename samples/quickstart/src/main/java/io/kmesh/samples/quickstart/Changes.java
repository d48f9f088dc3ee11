// SPDX-License-Identifier: Apache-2.0
package io.kmesh.samples.quickstart;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.spi.posix.RenameMode;
import io.kmesh.spi.posix.XattrMode;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Set;

/**
 * Applies the verifier's plan of changes to a tree, one plain file system call a record. A run that was
 * killed goes on behind the last record that it noted; the one after it may have happened, so it is
 * applied as "make it so".
 */
final class Changes {
  private static final int PIECE = 1 << 20;

  private final PosixTree tree;
  private final PathBytes root;
  private final Path done;
  private final ObjectMapper json = new ObjectMapper();

  /**
   * Changes of a tree.
   *
   * @param root where the tree lies that the plan is about
   * @param done where the number of the last applied record is noted
   */
  Changes(PosixTree tree, PathBytes root, Path done) {
    this.tree = tree;
    this.root = root;
    this.done = done;
  }

  /**
   * Applies the records of a step.
   *
   * @return how many there were
   */
  int apply(Path plan, String step) throws IOException {
    long last = Files.exists(done) ? Long.parseLong(Files.readString(done).strip()) : 0;
    boolean isFirst = true;
    int applied = 0;
    try (BufferedReader lines = Files.newBufferedReader(plan, StandardCharsets.UTF_8)) {
      String line;
      while ((line = lines.readLine()) != null) {
        JsonNode record = json.readTree(line);
        if (!record.path("step").asText().equals(step)) {
          continue;
        }
        applied++;
        long n = record.path("n").asLong();
        if (n <= last) {
          continue;
        }
        apply(record, isFirst);
        isFirst = false;
        note(n);
      }
    }
    return applied;
  }

  private void note(long n) throws IOException {
    Path draft = done.resolveSibling(done.getFileName() + ".draft");
    Files.writeString(draft, Long.toString(n));
    Files.move(draft, done, java.nio.file.StandardCopyOption.ATOMIC_MOVE);
  }

  private void apply(JsonNode record, boolean mayHaveHappened) throws IOException {
    PathBytes path = path(record, "path");
    if (path.equals(root)) {
      try (PosixDirectory directory = tree.openDirectory(root)) {
        applyToRoot(record, directory);
      }
      return;
    }
    try (PosixDirectory parent = tree.openDirectory(path.parent())) {
      PathBytes name = path.name();
      switch (record.path("op").asText()) {
        case "create" -> create(record, parent, name, mayHaveHappened);
        case "write" -> {
          try (PosixFile file = parent.openFile(name, Set.of(OpenFlag.WRITE))) {
            write(file, record.path("data"), record.path("offset").asLong());
          }
        }
        case "truncate" -> {
          try (PosixFile file = parent.openFile(name, Set.of(OpenFlag.WRITE))) {
            file.truncate(record.path("size").asLong());
          }
        }
        case "rename" -> rename(record, parent, name, mayHaveHappened);
        case "link" -> link(record, parent, name, mayHaveHappened);
        case "unlink" -> gone(mayHaveHappened, () -> parent.unlink(name));
        case "rmdir" -> gone(mayHaveHappened, () -> parent.removeDirectory(name));
        case "mkdir" -> made(mayHaveHappened, () -> parent.makeDirectory(name, mode(record)));
        case "symlink" ->
            made(
                mayHaveHappened,
                () -> parent.makeSymlink(name, PathBytes.of(bytes(record.path("target")))));
        case "chmod" -> parent.setMode(name, mode(record));
        case "chown" ->
            parent.setOwner(name, record.path("uid").asLong(), record.path("gid").asLong());
        case "mtime" ->
            parent.setTimes(name, parent.stat(name).atime(), time(record.path("mtime")));
        case "setxattr" ->
            parent.setXattr(
                name,
                PathBytes.of(bytes(record.path("name"))),
                bytes(record.path("value")),
                XattrMode.SET);
        case "removexattr" ->
            gone(
                mayHaveHappened,
                () -> parent.removeXattr(name, PathBytes.of(bytes(record.path("name")))));
        default -> throw new IOException("Cannot apply " + record + ": its op is not known.");
      }
    }
  }

  private void applyToRoot(JsonNode record, PosixDirectory directory) throws IOException {
    switch (record.path("op").asText()) {
      case "chmod" -> directory.setMode(mode(record));
      case "mtime" ->
          directory.setTimes(directory.stat().atime(), time(record.path("mtime")));
      case "setxattr" ->
          directory.setXattr(
              PathBytes.of(bytes(record.path("name"))),
              bytes(record.path("value")),
              XattrMode.SET);
      default -> throw new IOException("Cannot apply " + record + " to the root of the tree.");
    }
  }

  private void create(JsonNode record, PosixDirectory parent, PathBytes name, boolean again)
      throws IOException {
    Set<OpenFlag> flags =
        again
            ? Set.of(OpenFlag.WRITE, OpenFlag.CREATE, OpenFlag.TRUNCATE)
            : Set.of(OpenFlag.WRITE, OpenFlag.CREATE, OpenFlag.EXCLUSIVE);
    try (PosixFile file = parent.openFile(name, flags)) {
      write(file, record.path("data"), 0);
      file.setMode(mode(record));
    }
  }

  private void rename(JsonNode record, PosixDirectory parent, PathBytes name, boolean again)
      throws IOException {
    PathBytes to = path(record, "to");
    try (PosixDirectory target = tree.openDirectory(to.parent())) {
      if (again && parent.find(name).isEmpty() && target.find(to.name()).isPresent()) {
        return;
      }
      parent.rename(name, target, to.name(), RenameMode.NO_REPLACE);
    }
  }

  private void link(JsonNode record, PosixDirectory parent, PathBytes name, boolean again)
      throws IOException {
    PathBytes to = path(record, "to");
    try (PosixDirectory target = tree.openDirectory(to.parent())) {
      made(again, () -> parent.link(name, target, to.name()));
    }
  }

  private interface Call {
    void run() throws IOException;
  }

  private static void gone(boolean again, Call call) throws IOException {
    unless(again, Errno.ENOENT, Errno.ENODATA, call);
  }

  private static void made(boolean again, Call call) throws IOException {
    unless(again, Errno.EEXIST, Errno.EEXIST, call);
  }

  private static void unless(boolean again, Errno one, Errno other, Call call) throws IOException {
    try {
      call.run();
    } catch (ProviderException e) {
      if (!again || e.errno().filter(n -> n.equals(one) || n.equals(other)).isEmpty()) {
        throw e;
      }
    }
  }

  private static void write(PosixFile file, JsonNode data, long offset) throws IOException {
    if (data.has("base64")) {
      file.write(ByteBuffer.wrap(bytes(data.path("base64"))), offset);
      return;
    }
    SeededBytes bytes = new SeededBytes(data.path("seed").asLong());
    long length = data.path("length").asLong();
    for (long at = 0; at < length; at += PIECE) {
      file.write(
          ByteBuffer.wrap(bytes.next((int) Math.min(PIECE, length - at))), offset + at);
    }
  }

  private static FileTime time(JsonNode nanos) {
    return new FileTime(
        Math.floorDiv(nanos.asLong(), 1_000_000_000L),
        (int) Math.floorMod(nanos.asLong(), 1_000_000_000L));
  }

  private static int mode(JsonNode record) {
    return Integer.parseInt(record.path("mode").asText(), 8);
  }

  private PathBytes path(JsonNode record, String field) {
    byte[] relative = bytes(record.path(field));
    return relative.length == 0 ? root : root.resolve(PathBytes.of(relative));
  }

  private static byte[] bytes(JsonNode base64) {
    return Base64.getDecoder().decode(base64.asText());
  }

  /** Whether a path below the root exists. */
  static boolean exists(PosixTree tree, PathBytes path) throws IOException {
    try {
      FileStat stat = tree.stat(path);
      return stat != null;
    } catch (ProviderException e) {
      if (e.kind() == io.kmesh.spi.ErrorKind.NOT_FOUND) {
        return false;
      }
      throw e;
    }
  }
}
