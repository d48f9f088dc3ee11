// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.azure.internal.credential;

/** A text that shows itself only to who asks for it. Immutable. */
public final class Secret {
  private final String text;

  /** A secret of a text. */
  public Secret(String text) {
    this.text = text;
  }

  /** The text: for a request, never for a message. */
  public String reveal() {
    return text;
  }

  /** Three stars. */
  @Override
  public String toString() {
    return "***";
  }
}
