// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import io.kmesh.engine.MirrorConflict;
import io.kmesh.engine.MirrorDialect;
import java.util.Arrays;
import java.util.stream.Collectors;

/** Dialects and policies by the names that options have for them. */
final class MirrorWords {
  private MirrorWords() {}

  /** The dialect of a name, which must be one that Kmesh writes. */
  static MirrorDialect written(String word) throws CommandFailure {
    return written("--dialect", word);
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
}
