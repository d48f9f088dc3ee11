// SPDX-License-Identifier: Apache-2.0
package io.kmesh;

import io.kmesh.spi.ErrorKind;

/** A provider cannot do what was asked, and says so before anything happened. */
public final class UnsupportedCapabilityException extends KmeshException {
  private static final long serialVersionUID = 1L;

  private final String capability;

  /** A missing capability. */
  public UnsupportedCapabilityException(String capability, String message) {
    super(ErrorKind.UNSUPPORTED, message);
    this.capability = capability;
  }

  /** The capability's name. */
  public String capability() {
    return capability;
  }
}
