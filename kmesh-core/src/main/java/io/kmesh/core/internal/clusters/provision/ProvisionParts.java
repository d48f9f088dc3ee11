// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.clusters.provision;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.cloud.CloudProvider;
import io.kmesh.spi.time.KmeshTime;
import java.util.Map;

/** What the operations of provisioned clusters work with. Thread-safe. */
record ProvisionParts(
    ClusterRecords records,
    Map<String, CloudProvider> clouds,
    KmeshTime time,
    Attachments attachments) {
  CloudProvider cloud(String name) throws ProviderException {
    CloudProvider cloud = clouds.get(name);
    if (cloud == null) {
      throw new ProviderException(
          ErrorKind.NOT_FOUND,
          "Cannot use the cloud \""
              + name
              + "\": this Kmesh knows "
              + (clouds.isEmpty() ? "none" : String.join(", ", clouds.keySet()))
              + ". Add it by cloud(..) on the builder.");
    }
    return cloud;
  }
}
