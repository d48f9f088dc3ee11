// SPDX-License-Identifier: Apache-2.0
package io.kmesh.engine.repository;

import java.time.Instant;

/**
 * A virtual copy, as its repository knows it.
 *
 * @param id 16 hexadecimal digits
 * @param name for people
 * @param snapshot the id of the snapshot that it shows
 * @param created when it was made
 * @param place what it is kept in
 * @param host where its folder is; the cluster of a copy on a Lustre
 * @param folder the folder with what was written; {@code CLUSTER:/PATH} of a copy on a Lustre
 */
public record CopyInfo(
    String id,
    String name,
    String snapshot,
    Instant created,
    Place place,
    String host,
    String folder) {
  /** What a copy is kept in. */
  public enum Place {
    /** A folder of the host. */
    FOLDER,
    /** A Lustre, as released stubs. */
    LUSTRE
  }
}
