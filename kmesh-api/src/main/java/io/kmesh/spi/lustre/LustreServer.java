// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.lustre;

import io.kmesh.lustre.ChangelogUsers;
import io.kmesh.lustre.HsmCoordinator;
import java.io.IOException;
import java.util.Locale;
import java.util.Set;

/**
 * What only the servers of MDTs know: the HSM coordinator and the changelog's users of each. It is
 * read on the node that serves an MDT; elsewhere each question is answered by {@link
 * OnServerOnlyException} with the command to run there. Changes nothing. Thread-safe.
 */
public interface LustreServer {
  /** The MDTs of this file system that this node serves; none on a client. */
  default Set<Integer> mdts() {
    return Set.of();
  }

  /**
   * The coordinator of an MDT, with its parameters, actions and agents.
   *
   * @throws OnServerOnlyException when this node does not serve the MDT
   */
  default HsmCoordinator coordinator(int mdt) throws IOException {
    throw coordinatorElsewhere(nameOf("FSNAME", mdt));
  }

  /**
   * The users of an MDT's changelog.
   *
   * @throws OnServerOnlyException when this node does not serve the MDT
   * @throws io.kmesh.spi.ProviderException DENIED when this process may not read them
   */
  default ChangelogUsers changelogUsers(int mdt) throws IOException {
    throw changelogUsersElsewhere(nameOf("FSNAME", mdt));
  }

  /** The name of an MDT, such as {@code lustre-MDT0000}. */
  static String nameOf(String fileSystem, int mdt) {
    return String.format(Locale.ROOT, "%s-MDT%04x", fileSystem, mdt);
  }

  /** The refusal of {@link #coordinator} for an MDT of this name. */
  static OnServerOnlyException coordinatorElsewhere(String mdt) {
    return new OnServerOnlyException(
        "read the coordinator of " + mdt,
        "lctl get_param mdt." + mdt + ".hsm_control mdt." + mdt + ".hsm.*");
  }

  /** The refusal of {@link #changelogUsers} for an MDT of this name. */
  static OnServerOnlyException changelogUsersElsewhere(String mdt) {
    return new OnServerOnlyException(
        "read the changelog users of " + mdt, "lctl get_param mdd." + mdt + ".changelog_users");
  }
}
