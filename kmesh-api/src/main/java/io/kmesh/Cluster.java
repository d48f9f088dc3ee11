// SPDX-License-Identifier: Apache-2.0
package io.kmesh;

import io.kmesh.lustre.Changelog;
import io.kmesh.lustre.Hsm;
import io.kmesh.lustre.HsmCoordinator;
import io.kmesh.lustre.Layouts;
import io.kmesh.lustre.PoolUsage;
import io.kmesh.lustre.TargetUsage;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.lustre.LustreBinding;
import io.kmesh.spi.lustre.LustreServer;
import java.util.List;

/** One attached Lustre file system. Thread-safe. */
public interface Cluster {
  /** Its name. */
  String name();

  /** A directory of it, with or without a leading slash. */
  default Endpoint path(String path) {
    return path(PathBytes.of(path));
  }

  /**
   * A directory of it.
   *
   * @throws IllegalArgumentException when a name is {@code .}, {@code ..} or too long
   */
  default Endpoint path(PathBytes path) {
    return new Endpoint.LustrePath(name(), path);
  }

  /** Archive, recall, release and the rest of HSM. */
  Hsm hsm();

  /** Layouts. */
  Layouts layouts();

  /** Changelogs. */
  Changelog changelog();

  /** Space of its targets. */
  List<TargetUsage> targets();

  /** Space of its pools. */
  List<PoolUsage> pools();

  /**
   * The HSM coordinators of the MDTs that this node serves, with their settings, actions and
   * copytools; none on a client, where {@link LustreServer#coordinator} names the command to run on
   * the server.
   */
  List<HsmCoordinator> coordinators();

  /** The binding that it stands on. */
  LustreBinding lustre();
}
