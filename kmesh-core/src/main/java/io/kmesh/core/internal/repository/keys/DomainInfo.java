// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.keys;

/**
 * What is known of a domain.
 *
 * @param id 16 hexadecimal digits
 * @param name for people; empty when its key can't be read
 * @param problem why its key can't be read; empty when it can
 */
public record DomainInfo(String id, String name, String problem) {
  /** Whether its key can be read. */
  public boolean isReadable() {
    return problem.isEmpty();
  }
}
