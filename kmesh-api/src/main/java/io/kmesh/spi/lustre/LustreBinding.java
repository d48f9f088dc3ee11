// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.lustre;

import io.kmesh.spi.posix.PosixTree;
import java.io.Closeable;
import java.io.IOException;
import java.util.Set;

/** One mounted Lustre file system, by facets. */
public interface LustreBinding extends Closeable {
  /** A name for people: the mount point, or the simulator's directory. */
  String description();

  /** What works here. */
  Set<LustreCapability> capabilities();

  /** The mount as a POSIX tree; reading a released file through it restores and blocks. */
  PosixTree tree();

  /** FIDs and paths. */
  LustreIdentity identity();

  /** The client side of HSM. */
  LustreHsm hsm();

  /** The copytool side of HSM. */
  LustreCopytools copytools();

  /** Layouts and pools' use by files. */
  LustreLayouts layouts();

  /** Changelogs. */
  LustreChangelogs changelogs();

  /** Space of targets and pools. */
  LustreUsage usage();

  /** Locks, leases and advice on open files; refuses each unless overridden. */
  default LustreOpenFiles openFiles() {
    return new LustreOpenFiles() {};
  }

  /** What only servers of MDTs know; refuses each question unless overridden. */
  default LustreServer server() {
    return new LustreServer() {};
  }

  @Override
  void close() throws IOException;
}
