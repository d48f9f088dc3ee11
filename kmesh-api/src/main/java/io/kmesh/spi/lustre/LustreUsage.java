// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.lustre;

import io.kmesh.lustre.PoolUsage;
import io.kmesh.lustre.TargetUsage;
import java.io.IOException;
import java.util.List;

/** Space of targets and pools. */
public interface LustreUsage {
  /** All MDTs and OSTs. */
  List<TargetUsage> targets() throws IOException;

  /** All pools. */
  List<PoolUsage> pools() throws IOException;
}
