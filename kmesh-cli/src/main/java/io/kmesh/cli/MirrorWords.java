// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import io.kmesh.engine.MirrorDialect;
import java.util.stream.Collectors;

/** Dialects by the names that options have for them. */
final class MirrorWords {
  private MirrorWords() {}

  /** The dialect of a name, which must be one that Kmesh writes. */
  static MirrorDialect written(String word) throws CommandFailure {
    return MirrorDialect.of(word)
        .filter(MirrorDialect.written()::contains)
        .orElseThrow(
            () ->
                new CommandFailure(
                    ExitCode.USAGE,
                    "Cannot use --dialect "
                        + word
                        + ": Kmesh does not write it. There are: "
                        + MirrorDialect.written().stream()
                            .map(MirrorDialect::word)
                            .collect(Collectors.joining(", "))
                        + "."));
  }
}
