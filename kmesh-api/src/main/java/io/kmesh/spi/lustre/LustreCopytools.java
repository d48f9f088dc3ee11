// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.lustre;

import io.kmesh.lustre.ArchiveId;
import java.io.IOException;
import java.util.Set;

/** Registering as a copytool. At most one per mount and node. */
public interface LustreCopytools {
  /**
   * Registers with all MDTs.
   *
   * @param archives the archives to serve; empty serves all
   * @throws io.kmesh.spi.ProviderException EEXIST when this mount has one; the message names it
   */
  CopytoolSession register(Set<ArchiveId> archives) throws IOException;
}
