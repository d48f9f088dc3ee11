// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.agent;

import io.kmesh.Endpoint;
import io.kmesh.core.internal.flows.service.SiteTrees;
import io.kmesh.path.PathBytes;
import io.kmesh.sites.Export;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** What other sites may reach here. Immutable. */
final class Exports {
  private final Map<String, Export> exports = new TreeMap<>();

  Exports(List<Export> all) {
    all.forEach(e -> exports.put(e.name(), e));
  }

  /**
   * The tree that a site asks for.
   *
   * @param access what it is to be used for
   * @throws ProviderException DENIED when the site may not; NOT_FOUND never: whether there is an
   *     export that a site may not reach is none of its business
   */
  Endpoint tree(String site, Endpoint.SitePath asked, Export.Access access)
      throws ProviderException {
    Export export = exports.get(asked.export());
    if (export == null || !(export.sites().isEmpty() || export.sites().contains(site))) {
      throw new ProviderException(
          ErrorKind.DENIED,
          "Cannot reach "
              + asked
              + ": there is no export of that name for "
              + site
              + ". Have it exported there (kmesh agent --export), or name another.");
    }
    if (access == Export.Access.CACHE && export.access() != Export.Access.CACHE) {
      throw new ProviderException(
          ErrorKind.DENIED,
          "Cannot have a cache at "
              + asked
              + ": it is not exported for caches. Have a directory exported for these there (kmesh"
              + " agent --export NAME=DIR:cache@"
              + site
              + "), or make the flow there.");
    }
    if (access != Export.Access.CACHE && export.access() == Export.Access.CACHE) {
      throw new ProviderException(
          ErrorKind.DENIED,
          "Cannot bring files to "
              + asked
              + ", or take some: it is exported for caches alone. Make the flow with access(), or"
              + " have another directory exported there.");
    }
    if (access == Export.Access.READ_WRITE && export.access() == Export.Access.READ) {
      throw new ProviderException(
          ErrorKind.DENIED,
          "Cannot write to "
              + asked
              + ": it is exported for reading alone. Have it exported for writing there.");
    }
    return SiteTrees.below(export.tree(), asked.path());
  }

  /** A directory by the export that it is in, and its path below that. */
  record Place(Endpoint top, PathBytes below) {}

  /** Where a directory is exported now; empty when it is not any more. */
  Optional<Place> place(Endpoint.LocalDirectory tree) {
    PathBytes path = PathBytes.absolute(tree.directory());
    for (Export export : exports.values()) {
      if (export.tree() instanceof Endpoint.LocalDirectory top
          && tree.directory().startsWith(top.directory())) {
        PathBytes below = PathBytes.EMPTY;
        int skipped = PathBytes.absolute(top.directory()).names().size();
        for (PathBytes name : path.names().subList(skipped, path.names().size())) {
          below = below.resolve(name);
        }
        return Optional.of(new Place(top, below));
      }
    }
    return Optional.empty();
  }

  /** The tree of an export that a site may reach. */
  Endpoint top(Endpoint.SitePath asked) {
    return java.util.Objects.requireNonNull(exports.get(asked.export())).tree();
  }
}
