// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import io.kmesh.engine.MirrorChecksum;
import io.kmesh.engine.MirrorConflict;
import io.kmesh.engine.MirrorDialect;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/** Dialects, policies and checksums by the names that options have for them. */
final class MirrorWords {
  private MirrorWords() {}

  /**
   * The dialect that {@code --dialect} names for a store; {@code auto}: that of its own service.
   */
  static Optional<MirrorDialect> forStore(String word, StoreLocation store) throws CommandFailure {
    return switch (word) {
      case "none" -> Optional.empty();
      case "auto" -> ofService(store.scheme());
      default -> Optional.of(written("--dialect", word));
    };
  }

  /** What a cloud's own service for Lustre, or its own tool, reads. */
  private static Optional<MirrorDialect> ofService(String scheme) {
    return switch (scheme) {
      case "s3" -> Optional.of(MirrorDialect.FSX);
      case "az" -> Optional.of(MirrorDialect.AMLFS);
      case "gs" -> Optional.of(MirrorDialect.GOOGLE);
      default -> Optional.empty();
    };
  }

  /** The dialect that an option names, which must be one that Kmesh writes. */
  static MirrorDialect written(String option, String word) throws CommandFailure {
    return MirrorDialect.of(word)
        .filter(MirrorDialect.written()::contains)
        .orElseThrow(
            () ->
                new CommandFailure(
                    ExitCode.USAGE,
                    "Cannot use "
                        + option
                        + " "
                        + word
                        + ": Kmesh does not write it. There are: "
                        + MirrorDialect.written().stream()
                            .map(MirrorDialect::word)
                            .collect(Collectors.joining(", "))
                        + "."));
  }

  /** The dialect that an option names, which may be one that Kmesh only reads. */
  static MirrorDialect read(String option, String word) throws CommandFailure {
    return MirrorDialect.of(word)
        .orElseThrow(
            () ->
                new CommandFailure(
                    ExitCode.USAGE,
                    "Cannot use "
                        + option
                        + " "
                        + word
                        + ": Kmesh does not read it. There are: auto, "
                        + Arrays.stream(MirrorDialect.values())
                            .map(MirrorDialect::word)
                            .collect(Collectors.joining(", "))
                        + "."));
  }

  /** The policy of a name. */
  static MirrorConflict policy(String word) throws CommandFailure {
    return MirrorConflict.of(word)
        .orElseThrow(
            () ->
                new CommandFailure(
                    ExitCode.USAGE,
                    "Cannot use --on-conflict "
                        + word
                        + ": there is no such policy. There are: "
                        + Arrays.stream(MirrorConflict.values())
                            .map(MirrorConflict::word)
                            .collect(Collectors.joining(", "))
                        + "."));
  }

  /** The checksum of a name. */
  static MirrorChecksum checksum(String word) throws CommandFailure {
    return MirrorChecksum.of(word)
        .orElseThrow(
            () ->
                new CommandFailure(
                    ExitCode.USAGE,
                    "Cannot use --checksum "
                        + word
                        + ": there is no such kind. There are: "
                        + Arrays.stream(MirrorChecksum.values())
                            .map(MirrorChecksum::word)
                            .collect(Collectors.joining(", "))
                        + "."));
  }
}
