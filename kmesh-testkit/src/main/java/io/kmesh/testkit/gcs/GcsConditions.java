// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.gcs;

import org.jspecify.annotations.Nullable;

/** The preconditions of a request on one object. */
record GcsConditions(
    @Nullable Long generation,
    @Nullable Long notGeneration,
    @Nullable Long metageneration,
    @Nullable Long notMetageneration) {
  static final String[] NAMES = {
    "ifGenerationMatch", "ifGenerationNotMatch", "ifMetagenerationMatch", "ifMetagenerationNotMatch"
  };

  static GcsConditions of(GcsQuery query) throws GcsError {
    return of(query, "if");
  }

  /** Those of a source, whose names begin with {@code ifSource}. */
  static GcsConditions of(GcsQuery query, String begin) throws GcsError {
    return new GcsConditions(
        query.number(begin + "GenerationMatch"),
        query.number(begin + "GenerationNotMatch"),
        query.number(begin + "MetagenerationMatch"),
        query.number(begin + "MetagenerationNotMatch"));
  }

  /** Generation 0 is that of an object which does not exist. */
  void check(@Nullable GcsObject there, boolean isRead) throws GcsError {
    long current = there == null ? 0 : there.generation();
    long meta = there == null ? 0 : there.metageneration();
    if ((generation != null && generation != current)
        || (metageneration != null && metageneration != meta)) {
      throw GcsError.condition();
    }
    if ((notGeneration != null && notGeneration == current)
        || (notMetageneration != null && notMetageneration == meta)) {
      throw isRead ? new GcsError(304, "notModified", "Not Modified") : GcsError.condition();
    }
  }

  boolean isEmpty() {
    return generation == null
        && notGeneration == null
        && metageneration == null
        && notMetageneration == null;
  }
}
