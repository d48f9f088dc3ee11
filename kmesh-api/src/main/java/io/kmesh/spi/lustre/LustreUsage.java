// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.lustre;

import io.kmesh.lustre.PoolUsage;
import io.kmesh.lustre.QuotaKind;
import io.kmesh.lustre.QuotaUsage;
import io.kmesh.lustre.TargetUsage;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.util.List;

/** Space of targets and pools. */
public interface LustreUsage {
  /** All MDTs and OSTs. */
  List<TargetUsage> targets() throws IOException;

  /** All pools. */
  List<PoolUsage> pools() throws IOException;

  /**
   * What a user, group or project uses and may use.
   *
   * @throws ProviderException UNSUPPORTED without QUOTA; ENOENT or ESRCH when quota is not counted
   */
  default QuotaUsage quota(QuotaKind kind, long id) throws IOException {
    throw new ProviderException(
        ErrorKind.UNSUPPORTED,
        "Cannot read the quota of "
            + kind
            + " "
            + id
            + ": this file system has no QUOTA. Ask its capabilities first.");
  }
}
