// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.head;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What this machine saw last of a domain's heads, in a file of its cache: {@code GENERATION
 * ATTEMPT}. A head that was deleted leaves no gap, so that the store itself can't tell; who saw it
 * can. Lost memory tells nothing, and is begun anew. Thread-safe.
 */
public final class HeadMemory {
  private static final Pattern FORM = Pattern.compile("([0-9]{1,18}) ([0-9a-f]{32})\n");
  private static final int MOST = 100;

  private final @Nullable Path file;

  /**
   * The memory in a folder.
   *
   * @param folder the domain's part of the cache; null to remember nothing
   */
  public HeadMemory(@Nullable Path folder) {
    this.file = folder == null ? null : folder.resolve("head");
  }

  private record Seen(long generation, String attempt) {}

  /**
   * Compares the newest head with what was seen, and remembers it unless it is older.
   *
   * @return what is wrong; empty when nothing is, or nothing is known
   */
  public synchronized Optional<String> look(Head newest) {
    Seen seen = read();
    if (seen != null) {
      long ahead = newest.generation() - seen.generation();
      if (ahead < 0) {
        return Optional.of(
            "its newest state is of generation "
                + newest.generation()
                + ", but this machine has seen "
                + seen.generation()
                + ": the newest was deleted, or the store shows an old list");
      }
      if (ahead < Head.MOST_RECENT && !newest.descendsFrom(seen.attempt())) {
        return Optional.of(
            "its state of generation "
                + newest.generation()
                + " does not come from that of generation "
                + seen.generation()
                + " that this machine has seen: that was deleted, and others went on from before");
      }
    }
    accept(newest);
    return Optional.empty();
  }

  /** Remembers a head, whatever was seen before. */
  public synchronized void accept(Head newest) {
    if (file == null || newest.generation() == 0) {
      return;
    }
    Path temporary = file.resolveSibling("head.new");
    try {
      Path folder = temporary.toAbsolutePath().getParent();
      if (folder != null) {
        Files.createDirectories(folder);
      }
      Files.writeString(temporary, newest.generation() + " " + newest.attempt() + "\n");
      Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      // A cache that can't be written to remembers nothing.
    }
  }

  private @Nullable Seen read() {
    if (file == null) {
      return null;
    }
    try {
      if (Files.size(file) > MOST) {
        return null;
      }
      Matcher form =
          FORM.matcher(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1));
      return form.matches() ? new Seen(Long.parseLong(form.group(1)), form.group(2)) : null;
    } catch (NoSuchFileException e) {
      return null;
    } catch (IOException e) {
      // As above.
      return null;
    }
  }
}
