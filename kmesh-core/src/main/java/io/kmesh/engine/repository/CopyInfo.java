// SPDX-License-Identifier: Apache-2.0
package io.kmesh.engine.repository;

import java.time.Instant;

/**
 * A virtual copy, as its repository knows it.
 *
 * @param id 16 hexadecimal digits
 * @param name for people; need not be unique
 * @param snapshot the id of the snapshot that it shows
 * @param created when it was made
 * @param host where its folder is
 * @param folder the folder with what was written
 */
public record CopyInfo(
    String id, String name, String snapshot, Instant created, String host, String folder) {}
