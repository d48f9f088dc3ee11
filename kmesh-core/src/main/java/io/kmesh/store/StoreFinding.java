// SPDX-License-Identifier: Apache-2.0
package io.kmesh.store;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;

/**
 * What one check of a {@link StoreValidator} found. Immutable.
 *
 * @param check its name, such as {@code create-if-absent}
 * @param outcome how it ended
 * @param reason what was seen, in a sentence without its full stop
 * @param consequences what follows for each use that it matters for; empty for PASS
 */
public record StoreFinding(
    String check, Outcome outcome, String reason, Map<Use, String> consequences) {
  /** How a check ended. */
  public enum Outcome {
    /** The store does it. */
    PASS,
    /** The store says that it does it, or has to, and does not. */
    FAIL,
    /** The store says that it lacks it, and refuses it. */
    ABSENT
  }

  /** What a store is used for. */
  public enum Use {
    /** Repositories: snapshots and virtual copies. */
    SNAPSHOTS,
    /** Mirrors of trees: one object a file. */
    MIRRORS,
    /** Data flows from and to prefixes. */
    FLOWS,
    /** Archives of the copytool that are mirrors; one in a repository is as SNAPSHOTS. */
    ARCHIVE
  }

  /** Copies the consequences. */
  public StoreFinding {
    Map<Use, String> copy = new EnumMap<>(Use.class);
    copy.putAll(consequences);
    consequences = Collections.unmodifiableMap(copy);
  }
}
