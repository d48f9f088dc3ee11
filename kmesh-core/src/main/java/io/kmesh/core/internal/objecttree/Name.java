// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.objecttree;

import io.kmesh.path.PathBytes;

/**
 * One of the names of an inode.
 *
 * @param directory the directory's inode
 * @param name the name there
 * @param key the key at which the store shows this name, as {@code O} says the other way round;
 *     empty when it does not
 */
record Name(long directory, PathBytes name, String key) {}
