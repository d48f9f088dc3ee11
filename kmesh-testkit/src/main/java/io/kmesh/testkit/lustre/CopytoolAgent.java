// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.lustre;

import io.kmesh.lustre.ArchiveId;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A line of {@code mdt.*.hsm.agents}: a registered copytool, as one MDT counts it.
 *
 * @param uuid the client's UUID
 * @param archives the archives that it serves; empty serves all
 * @param current actions that it has not ended
 * @param succeeded actions that it ended well
 * @param failed actions that it ended with an error, or that timed out
 */
public record CopytoolAgent(
    String uuid, Set<ArchiveId> archives, int current, int succeeded, int failed) {
  /** Copies the set. */
  public CopytoolAgent {
    archives = Set.copyOf(archives);
  }

  /** As {@code lctl get_param mdt.*.hsm.agents} prints it. */
  @Override
  public String toString() {
    String ids =
        archives.isEmpty()
            ? "ANY"
            : archives.stream().sorted().map(ArchiveId::toString).collect(Collectors.joining(","));
    return "uuid="
        + uuid
        + " archive_id="
        + ids
        + " requests=[current:"
        + current
        + " ok:"
        + succeeded
        + " errors:"
        + failed
        + "]";
  }
}
