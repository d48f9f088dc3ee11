// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.place;

import io.kmesh.core.internal.flows.base.Dot;
import io.kmesh.core.internal.flows.base.LocalKey;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.spi.posix.FileTime;

/**
 * A whole file with its attributes under its temporary name.
 *
 * @param node whose content it is
 * @param content the change that made the content
 * @param attributes the change that made the attributes that it has
 * @param size in bytes
 * @param mtime its time of modification
 * @param key the object
 * @param directory where it is
 */
record Staged(
    NodeId node,
    Dot content,
    Dot attributes,
    long size,
    FileTime mtime,
    LocalKey key,
    DirectoryRef directory) {}
