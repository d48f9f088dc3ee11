// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.link;

import java.io.IOException;

/** The peer sent what the protocol forbids: the session ends. */
final class LinkViolation extends IOException {
  private static final long serialVersionUID = 1L;

  LinkViolation(String message) {
    super(message);
  }
}
