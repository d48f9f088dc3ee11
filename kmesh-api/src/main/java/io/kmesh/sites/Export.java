// SPDX-License-Identifier: Apache-2.0
package io.kmesh.sites;

import io.kmesh.Endpoint;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * A tree that flows of other sites may reach, and nothing beside it. Immutable.
 *
 * @param name what others call it: 1 to 64 of {@code a-z 0-9 . _ -}
 * @param tree a directory, a path of an attached cluster, or a prefix of a named object store
 * @param access what flows may do with it
 * @param sites the sites that may; empty for all that are enrolled
 */
public record Export(String name, Endpoint tree, Access access, Set<String> sites) {
  private static final Pattern NAME = Pattern.compile("[a-z0-9._-]{1,64}");

  /** What flows of other sites may do with an export. */
  public enum Access {
    /** Be read: it is the source of flows. */
    READ,
    /** Be read and written: it is a source and a target of flows. */
    READ_WRITE,
    /**
     * Hold caches of flows with {@code access()} that the named sites make from what they have: no
     * flow reads or writes anything else there. It lets these sites use room here, so it names
     * them, and is a directory or a cluster's path. Programs here open such a flow by the name
     * {@code FLOW@SITE}.
     */
    CACHE
  }

  /** Checks the name and the tree. */
  public Export {
    sites = Set.copyOf(sites);
    if (!NAME.matcher(name).matches() || name.equals(".") || name.equals("..")) {
      throw new IllegalArgumentException(
          "Cannot name an export \"" + name + "\": 1 to 64 of a-z 0-9 . _ - are allowed.");
    }
    boolean isTree =
        tree instanceof Endpoint.LocalDirectory
            || tree instanceof Endpoint.LustrePath
            || tree instanceof Endpoint.ObjectPrefix;
    if (!isTree) {
      throw new IllegalArgumentException(
          "Cannot export "
              + tree
              + (tree instanceof Endpoint.SitePath
                  ? ": it is at another site."
                  : ": it is kept by Kmesh. A flow from it is made at this site.")
              + " Export a directory of this machine, a cluster's path, or a prefix of an object"
              + " store.");
    }
    if (access == Access.CACHE && tree instanceof Endpoint.ObjectPrefix) {
      throw new IllegalArgumentException(
          "Cannot export "
              + tree
              + " for caches: a cache needs a file system. Export a directory or a cluster's path.");
    }
    if (access == Access.CACHE && sites.isEmpty()) {
      throw new IllegalArgumentException(
          "Cannot export "
              + tree
              + " for caches of any site: they take room here. Name the sites that may.");
    }
  }
}
