// SPDX-License-Identifier: Apache-2.0
package io.kmesh.engine;

import io.kmesh.lustre.Fid;
import io.kmesh.path.PathBytes;

/** Where the bytes of a unit of work are, or go, within an endpoint. */
public sealed interface WorkPlace {
  /**
   * A regular file of a tree.
   *
   * @param path its path below the tree's root
   */
  record AtPath(PathBytes path) implements WorkPlace {}

  /**
   * A regular file of a Lustre, wherever its names are.
   *
   * @param fid its FID
   */
  record AtFid(Fid fid) implements WorkPlace {}

  /**
   * An object of a store, as of one version.
   *
   * @param key its key
   * @param etag the ETag that it must have
   */
  record AtKey(String key, String etag) implements WorkPlace {}

  /**
   * A part of an upload that is open in a store; only for targets.
   *
   * @param key the object's key
   * @param uploadId the store's id of the upload
   * @param number the part, from 1
   */
  record AtPart(String key, String uploadId, int number) implements WorkPlace {}
}
