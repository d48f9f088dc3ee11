// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.keys;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;

/** What people call things. Stateless. */
final class Names {
  private Names() {}

  static boolean isName(String name, int longest) {
    return !name.isBlank()
        && name.length() <= longest
        && name.chars()
            .noneMatch(c -> Character.isISOControl(c) || Character.isSurrogate((char) c));
  }

  static void require(String what, String name, int longest) throws ProviderException {
    if (!isName(name, longest)) {
      throw new ProviderException(
          ErrorKind.INVALID,
          "Cannot name a "
              + what
              + " so: a name has 1 to "
              + longest
              + " characters, no control characters. Choose another.");
    }
  }
}
