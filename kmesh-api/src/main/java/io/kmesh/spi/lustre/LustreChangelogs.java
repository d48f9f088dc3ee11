// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.lustre;

import java.io.IOException;
import java.util.Optional;

/** The changelogs of all MDTs. Reading needs no registration; clearing does. */
public interface LustreChangelogs {
  /**
   * Reads records from an index on.
   *
   * @param mdt the MDT's index
   * @param fromIndex the smallest index to give
   */
  ChangelogCursor open(int mdt, long fromIndex) throws IOException;

  /**
   * Tells an MDT that a user needs no record up to an index any more.
   *
   * @param upToIndex inclusive; 0 means all there are
   * @throws io.kmesh.spi.ProviderException ENOENT when the user is not registered (any more),
   *     EINVAL when the index is behind the last record or before one already cleared
   */
  void clear(int mdt, String user, long upToIndex) throws IOException;

  /**
   * Registers a user, on a server node; elsewhere {@link OnServerOnlyException}.
   *
   * @return the user's id, such as {@code cl1}
   */
  default String register(int mdt, Optional<String> name) throws IOException {
    throw new OnServerOnlyException(
        "register a changelog user of MDT " + mdt,
        String.format("lctl --device FSNAME-MDT%04x changelog_register", mdt));
  }
}
