// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.nio;

import java.nio.file.ProviderMismatchException;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.UserPrincipal;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.nio.file.attribute.UserPrincipalNotFoundException;

/**
 * An owner or a group: the number that is stored, which is its name too.
 *
 * @param number unsigned 32 bits
 */
record Principal(long number) implements GroupPrincipal {
  /** Finds numbers, and root. */
  static final UserPrincipalLookupService LOOKUP =
      new UserPrincipalLookupService() {
        @Override
        public UserPrincipal lookupPrincipalByName(String name)
            throws UserPrincipalNotFoundException {
          return parse(name);
        }

        @Override
        public GroupPrincipal lookupPrincipalByGroupName(String group)
            throws UserPrincipalNotFoundException {
          return parse(group);
        }
      };

  private static Principal parse(String name) throws UserPrincipalNotFoundException {
    try {
      return new Principal(name.equals("root") ? 0 : Integer.parseUnsignedInt(name) & 0xffff_ffffL);
    } catch (NumberFormatException e) {
      throw new UserPrincipalNotFoundException(name);
    }
  }

  static long number(UserPrincipal principal) {
    if (principal instanceof Principal p) {
      return p.number;
    }
    throw new ProviderMismatchException(
        "Cannot use the owner " + principal + ": look its number up in this file system.");
  }

  @Override
  public String getName() {
    return Long.toString(number);
  }

  @Override
  public String toString() {
    return getName();
  }
}
