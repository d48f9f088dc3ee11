// SPDX-License-Identifier: Apache-2.0
package io.kmesh.repository;

import java.util.List;

/** Who may open a repository. No data is ever written again for a change here. Thread-safe. */
public interface RepositoryKeyring {
  /** All holders, those of the newest key first. */
  List<KeyHolder> list();

  /**
   * Lets another credential open the repository.
   *
   * @param holder its name, for people
   */
  KeyHolder add(String holder, Credential credential);

  /**
   * Takes a holder's access away. Who had it may have kept the key: {@link #rotate} as well.
   *
   * @param id of the holder
   * @throws io.kmesh.KmeshException NOT_FOUND when there is none, PRECONDITION when it is the last
   */
  void remove(String id);

  /**
   * Replaces the repository's key. Only this credential opens it afterwards; the others are added
   * anew. This Kmesh goes on with the credential that is given here; give it to the builder from
   * now on.
   *
   * @param holder the name of the credential, for people
   */
  KeyRotation rotate(String holder, Credential credential);
}
