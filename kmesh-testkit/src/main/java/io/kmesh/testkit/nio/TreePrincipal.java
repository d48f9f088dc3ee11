// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.nio;

import java.nio.file.ProviderMismatchException;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.UserPrincipal;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.nio.file.attribute.UserPrincipalNotFoundException;

/**
 * An owner or a group by its number; the name is the number.
 *
 * @param id unsigned 32 bits
 */
record TreePrincipal(long id) implements GroupPrincipal {
  /** Finds numbers, and root. */
  static final UserPrincipalLookupService LOOKUP =
      new UserPrincipalLookupService() {
        @Override
        public UserPrincipal lookupPrincipalByName(String name)
            throws UserPrincipalNotFoundException {
          return find(name);
        }

        @Override
        public GroupPrincipal lookupPrincipalByGroupName(String group)
            throws UserPrincipalNotFoundException {
          return find(group);
        }
      };

  private static TreePrincipal find(String name) throws UserPrincipalNotFoundException {
    try {
      return new TreePrincipal(
          name.equals("root") ? 0 : Integer.parseUnsignedInt(name) & 0xffffffffL);
    } catch (NumberFormatException e) {
      throw new UserPrincipalNotFoundException(name);
    }
  }

  /** The number of a principal of this view. */
  static long idOf(UserPrincipal principal) {
    if (principal instanceof TreePrincipal p) {
      return p.id;
    }
    throw new ProviderMismatchException(
        "Cannot use the owner " + principal + ": look it up in the tree's view.");
  }

  @Override
  public String getName() {
    return Long.toString(id);
  }

  @Override
  public String toString() {
    return getName();
  }
}
