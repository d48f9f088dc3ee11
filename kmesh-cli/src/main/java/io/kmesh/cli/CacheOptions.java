// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import io.kmesh.engine.MirrorTree;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where a mirror command keeps what a store said, as options. */
final class CacheOptions {
  private static final int NAME = 8;

  @Option(
      names = "--cache",
      paramLabel = "DIR",
      description = {
        "Where it is kept what the store said of its objects, so that only what changed is asked for again (else"
            + " KMESH_CACHE/mirror, else ~/.cache/kmesh/mirror). May be deleted any time.",
      })
  private @Nullable Path cache;

  @Option(names = "--no-cache", description = "Asks the store for each object.")
  private boolean hasNone;

  /** Gives a mirror of a store its cache. */
  MirrorTree applyTo(MirrorTree mirror, StoreLocation store, Surroundings around)
      throws CommandFailure {
    if (hasNone) {
      if (cache != null) {
        throw new CommandFailure(
            ExitCode.USAGE, "Cannot use --cache and --no-cache together. Give one of them.");
      }
      return mirror;
    }
    Optional<Path> folder =
        Optional.ofNullable(cache).or(() -> folder(around).map(f -> f.resolve("mirror")));
    return folder.isEmpty() ? mirror : mirror.cache(folder.get().resolve(name(store)));
  }

  /** The folder of all that Kmesh keeps and can do without. */
  static Optional<Path> folder(Surroundings around) {
    return around
        .variable("KMESH_CACHE")
        .map(Path::of)
        .or(() -> around.variable("XDG_CACHE_HOME").map(d -> Path.of(d, "kmesh")))
        .or(() -> around.variable("HOME").map(d -> Path.of(d, ".cache", "kmesh")));
  }

  /** Tells apart buckets of one name, which options of the URL do, and shows no secret of these. */
  private static String name(StoreLocation store) {
    try {
      byte[] url = store.url().getBytes(StandardCharsets.UTF_8);
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(url);
      return HexFormat.of().formatHex(digest, 0, NAME);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java platform has SHA-256.", e);
    }
  }
}
