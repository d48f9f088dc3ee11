// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import io.kmesh.core.internal.repository.OffendingRepository;

/** A mirror that sees its sibling. */
public final class OffendingSibling {
  private final OffendingRepository repository = new OffendingRepository();

  @Override
  public String toString() {
    return repository.getClass().getName();
  }
}
