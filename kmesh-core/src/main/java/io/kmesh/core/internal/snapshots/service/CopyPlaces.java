// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.service;

import io.kmesh.Endpoint;
import io.kmesh.UnsupportedCapabilityException;
import java.nio.file.Path;

/** Where virtual copies can be kept. */
final class CopyPlaces {
  private CopyPlaces() {}

  /** The folder of a copy that is kept in an endpoint. */
  static Path folder(Endpoint target) {
    if (target instanceof Endpoint.LocalDirectory local) {
      return local.directory();
    }
    throw new UnsupportedCapabilityException(
        "virtual copies on a Lustre",
        "Cannot create a virtual copy in "
            + target
            + ": copies are kept in directories. Name one with Endpoint.directory(..), or restore"
            + " the snapshot there.");
  }
}
