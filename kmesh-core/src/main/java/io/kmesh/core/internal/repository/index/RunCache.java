// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.index;

import io.kmesh.core.internal.repository.objects.DomainObjects;
import io.kmesh.core.internal.repository.objects.Sealer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Index runs from the store, kept in local files where there is a folder for them. Thread-safe. */
public final class RunCache {
  private static final String FOLDER = "index/";
  private static final String SUFFIX = ".run";

  private final DomainObjects objects;
  private final Sealer sealer;
  private final @Nullable Path folder;

  /**
   * A cache.
   *
   * @param folder where, for this domain alone; null to keep runs in memory
   */
  public RunCache(DomainObjects objects, Sealer sealer, @Nullable Path folder) {
    this.objects = objects;
    this.sealer = sealer;
    this.folder = folder;
  }

  /** The object of a run. */
  public static String object(String run) {
    return FOLDER + run;
  }

  /** A run, mapped. */
  public RunFile open(String run) throws IOException {
    Optional<RunFile> cached = cached(run);
    return cached.isPresent() ? cached.get() : keep(run, read(run));
  }

  private Optional<RunFile> cached(String run) {
    if (folder == null) {
      return Optional.empty();
    }
    Path file = file(folder, run);
    try {
      return Files.exists(file) ? Optional.of(RunFile.map(file)) : Optional.empty();
    } catch (IOException e) {
      // A cache that can't be read is no cache; it is written anew.
      return Optional.empty();
    }
  }

  /** A run as it is stored. */
  public IndexRun read(String run) throws IOException {
    String key = object(run);
    return IndexRun.read(sealer.open(Sealer.RUN, key, objects.get(key)), objects.full(key));
  }

  /** Stores a run and keeps it at hand. */
  public RunFile write(String run, IndexRun content) throws IOException {
    String key = object(run);
    objects.put(key, java.nio.ByteBuffer.wrap(sealer.seal(Sealer.RUN, key, content.write())));
    return keep(run, content);
  }

  private RunFile keep(String run, IndexRun content) throws IOException {
    return folder == null ? RunFile.inMemory(content) : RunFile.write(content, file(folder, run));
  }

  /** Deletes local files of runs that are no more. */
  public void retain(List<String> runs) throws IOException {
    if (folder == null || !Files.isDirectory(folder)) {
      return;
    }
    Set<Path> wanted = new HashSet<>();
    runs.forEach(run -> wanted.add(file(folder, run)));
    List<Path> unwanted = new ArrayList<>();
    try (Stream<Path> files = Files.list(folder)) {
      files
          .filter(f -> f.toString().endsWith(SUFFIX) && !wanted.contains(f))
          .forEach(unwanted::add);
    }
    for (Path file : unwanted) {
      Files.deleteIfExists(file);
    }
  }

  private static Path file(Path folder, String run) {
    return folder.resolve(run.replace('/', '-') + SUFFIX);
  }
}
