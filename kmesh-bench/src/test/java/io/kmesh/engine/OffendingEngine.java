// SPDX-License-Identifier: Apache-2.0
package io.kmesh.engine;

import com.fasterxml.jackson.databind.ObjectMapper;

/** Jackson outside the internal packages. */
public final class OffendingEngine {
  private final ObjectMapper mapper = new ObjectMapper();

  @Override
  public String toString() {
    return mapper.toString();
  }
}
