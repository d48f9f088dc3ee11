// SPDX-License-Identifier: Apache-2.0
package io.kmesh.repository;

import java.util.List;
import java.util.Optional;

/** The repositories that a Kmesh was told of, by name. Thread-safe. */
public interface Repositories {
  /** Their names, whether they exist or not. */
  List<String> names();

  /**
   * Makes a repository where its store has none, and opens it. One that is there is opened as it
   * is; {@code options} count for a new one only.
   *
   * @throws io.kmesh.KmeshException NOT_FOUND when no repository of that name was given to the
   *     builder, DENIED when there is one that the credential does not open
   */
  Repository init(String name, InitOptions options);

  /** Makes a repository with the default options where its store has none, and opens it. */
  default Repository init(String name) {
    return init(name, InitOptions.DEFAULT);
  }

  /**
   * The repository of a name; empty when its store has none yet.
   *
   * @throws io.kmesh.KmeshException NOT_FOUND when no repository of that name was given to the
   *     builder, DENIED when the credential does not open it
   */
  Optional<Repository> find(String name);
}
