// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.cloud;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What a mock cloud holds: in memory, or in a folder that several processes may share. Each use is
 * a transaction: it reads what is there now, and what it changed is there for the next.
 * Thread-safe.
 */
final class CloudLedger {
  private static final String FILE = "cloud";
  private static final String LOCK = "cloud.lock";

  /** Threads of this process take turns here: a file lock is the whole process's. */
  private static final Map<Path, Object> TURNS = new ConcurrentHashMap<>();

  private final @Nullable Path folder;
  private final Object turn;
  private String content = ""; // guarded by turn; where there is no folder

  /** What is in the books. Only valid within a use. */
  static final class Books {
    final Map<String, MockResource> resources = new TreeMap<>();
    long made;
    long changed;
    long deleted;
  }

  /** A use of the books. */
  interface Use<T> {
    T of(Books books) throws IOException;
  }

  private CloudLedger(@Nullable Path folder, Object turn) {
    this.folder = folder;
    this.turn = turn;
  }

  static CloudLedger inMemory() {
    return new CloudLedger(null, new Object());
  }

  static CloudLedger in(Path folder) throws IOException {
    Files.createDirectories(folder);
    Path real = folder.toRealPath();
    return new CloudLedger(real, TURNS.computeIfAbsent(real, p -> new Object()));
  }

  <T> T use(Use<T> use) throws IOException {
    synchronized (turn) {
      Path place = folder;
      if (place == null) {
        Books books = LedgerText.read(content);
        T result = use.of(books);
        content = LedgerText.write(books);
        return result;
      }
      try (FileChannel channel =
              FileChannel.open(
                  place.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
          FileLock lock = channel.lock()) {
        Path file = place.resolve(FILE);
        String before = Files.exists(file) ? Files.readString(file) : "";
        Books books = readFile(file, before);
        T result = use.of(books);
        String after = LedgerText.write(books);
        if (lock.isValid() && !after.equals(before)) {
          replace(file, after);
        }
        return result;
      }
    }
  }

  private static Books readFile(Path file, String text) throws IOException {
    try {
      return LedgerText.read(text);
    } catch (IllegalArgumentException e) {
      throw new ProviderException(
          ErrorKind.CORRUPT,
          "Cannot open the mock cloud in "
              + file.getParent()
              + ": "
              + e.getMessage()
              + ". Choose another folder.",
          e);
    }
  }

  private static void replace(Path file, String text) throws IOException {
    Path aside = file.resolveSibling(FILE + ".new");
    try (FileChannel channel =
        FileChannel.open(
            aside,
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE,
            StandardOpenOption.TRUNCATE_EXISTING)) {
      ByteBuffer bytes = StandardCharsets.UTF_8.encode(text);
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(false);
    }
    Files.move(aside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }
}
