// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.agent;

import io.kmesh.Endpoint;
import io.kmesh.path.PathBytes;
import io.kmesh.sites.Export;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What other sites may reach here. Immutable. */
final class Exports {
  private static final PathBytes KMESH = PathBytes.of(".kmesh");

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
    if (access == Export.Access.READ_WRITE && export.access() == Export.Access.READ) {
      throw new ProviderException(
          ErrorKind.DENIED,
          "Cannot write to "
              + asked
              + ": it is exported for reading alone. Have it exported for writing there.");
    }
    return below(export.tree(), asked.path());
  }

  /** The tree of an export that a site may reach. */
  Endpoint top(Endpoint.SitePath asked) {
    return java.util.Objects.requireNonNull(exports.get(asked.export())).tree();
  }

  private static Endpoint below(Endpoint tree, PathBytes path) throws ProviderException {
    if (path.isEmpty()) {
      return tree;
    }
    if (tree instanceof Endpoint.LustrePath lustre) {
      return new Endpoint.LustrePath(
          lustre.cluster(), lustre.path().isEmpty() ? path : lustre.path().resolve(path));
    }
    String text =
        path.utf8()
            .orElseThrow(
                () ->
                    new ProviderException(
                        ErrorKind.INVALID,
                        "Cannot reach " + path + " below an export: its name is no UTF-8."));
    if (tree instanceof Endpoint.ObjectPrefix objects) {
      if (path.names().get(0).equals(KMESH)) {
        throw new ProviderException(
            ErrorKind.INVALID,
            "Cannot reach "
                + path
                + " below an export: what the mirror form itself keeps is there, and no entry."
                + " Name another path.");
      }
      return new Endpoint.ObjectPrefix(objects.store(), objects.prefix() + text);
    }
    Path directory = ((Endpoint.LocalDirectory) tree).directory();
    return new Endpoint.LocalDirectory(directory.resolve(text));
  }
}
