// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.archive;

import io.kmesh.core.internal.repository.head.Head;
import io.kmesh.core.internal.snapshots.CatalogManifest;
import java.util.Optional;

/**
 * Whose files a catalog has.
 *
 * @param fileSystem the name of the Lustre file system, for people
 * @param instance which one of that name, as a file system that is made anew gives the same FIDs
 *     again: 32 hexadecimal digits
 * @param archive the number of the HSM archive
 */
public record CatalogScope(String fileSystem, String instance, int archive) {
  private static final String INSTANCE = "instance";
  private static final String ARCHIVE = "archive";

  /** The id of the catalog that the copytool archives to; others of the scope have their own. */
  public String main() {
    return instance + "-" + archive;
  }

  /** The scope of a root; empty when it is no catalog's, or one of a form that is not known. */
  static Optional<CatalogScope> of(Head.Root root) {
    String instance = root.labels().get(INSTANCE);
    String archive = root.labels().getOrDefault(ARCHIVE, "");
    return root.kind().equals(CatalogManifest.KIND)
            && instance != null
            && archive.matches("[0-9]{1,9}")
        ? Optional.of(new CatalogScope(root.name(), instance, Integer.parseInt(archive)))
        : Optional.empty();
  }

  /** Whether a root is a catalog of this scope. */
  boolean has(Head.Root root) {
    return root.kind().equals(CatalogManifest.KIND)
        && instance.equals(root.labels().get(INSTANCE))
        && Integer.toString(archive).equals(root.labels().get(ARCHIVE));
  }
}
