// SPDX-License-Identifier: Apache-2.0
package io.kmesh;

import io.kmesh.spi.ErrorKind;
import java.util.List;

/** Something of that name exists with another specification. */
public final class SpecConflictException extends KmeshException {
  private static final long serialVersionUID = 1L;

  private final List<String> fields;

  /** A conflict in these fields. */
  public SpecConflictException(String message, List<String> fields) {
    super(ErrorKind.EXISTS, message);
    this.fields = List.copyOf(fields);
  }

  /** The fields that differ. */
  public List<String> fields() {
    return fields;
  }
}
