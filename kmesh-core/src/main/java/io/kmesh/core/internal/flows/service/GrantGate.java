// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import io.kmesh.core.internal.flows.grants.GrantDesk;
import io.kmesh.core.internal.flows.replica.SendGate;
import io.kmesh.path.PathBytes;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** Lets bytes of what is sensitive leave a site while a grant counts there. Thread-safe. */
record GrantGate(GrantDesk desk) implements SendGate {
  @Override
  public boolean guards() {
    return true;
  }

  @Override
  public Optional<String> refusal(String site, List<PathBytes> names) throws IOException {
    return desk.refusal(site, names);
  }
}
