// SPDX-License-Identifier: Apache-2.0
package io.kmesh;

import java.util.regex.Pattern;

/**
 * The id of an operation.
 *
 * @param value the text: 1 to 64 of {@code A-Z a-z 0-9 . _ -}
 */
public record OperationId(String value) {
  private static final Pattern TEXT = Pattern.compile("[A-Za-z0-9._-]{1,64}");

  /** Checks the form. */
  public OperationId {
    if (!TEXT.matcher(value).matches()) {
      throw new IllegalArgumentException(
          "Cannot use \""
              + value
              + "\" as an operation id: 1 to 64 of A-Z a-z 0-9 . _ - are"
              + " allowed. Pass what Operation.id() gave.");
    }
  }

  @Override
  public String toString() {
    return value;
  }
}
