// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.seed;

import io.kmesh.core.internal.flows.base.Attributes;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileStat;
import org.jspecify.annotations.Nullable;

/**
 * One entry of a tree that was copied.
 *
 * @param parent the place of its directory among the tree's entries; -1 of the top
 * @param name its name there
 * @param source what it was at the source, before it was read
 * @param attributes what it has besides
 * @param target what it is at the target
 * @param isYoung whether the source's stamp does not prove yet what it is the stamp of
 * @param plot of a directory, for trees that come later; null of what is none
 */
record Sprout(
    int parent,
    PathBytes name,
    FileStat source,
    Attributes attributes,
    FileStat target,
    boolean isYoung,
    @Nullable Plot plot) {}
