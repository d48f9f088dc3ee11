// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import io.kmesh.Endpoint;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.nio.file.Path;

/** Trees below what is exported. Stateless. */
public final class SiteTrees {
  private static final PathBytes KMESH = PathBytes.of(".kmesh");

  private SiteTrees() {}

  /**
   * The tree at a path below another one.
   *
   * @throws ProviderException INVALID when none can be there
   */
  public static Endpoint below(Endpoint tree, PathBytes path) throws ProviderException {
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
