// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.cloud;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Some of a provider's resources.
 *
 * @param resources the resources
 * @param nextOrNull where the next page begins; null behind the last
 */
public record CloudPage(List<CloudResource> resources, @Nullable String nextOrNull) {
  /** Copies the list. */
  public CloudPage {
    resources = List.copyOf(resources);
  }

  /** Where the next page begins; empty behind the last. */
  public Optional<String> next() {
    return Optional.ofNullable(nextOrNull);
  }
}
