// SPDX-License-Identifier: Apache-2.0
/**
 * A prefix of an object store as a tree of files: names and attributes in an index, bytes in
 * objects. See docs/design/object-trees.md and docs/format/object-tree.md.
 */
@NullMarked
package io.kmesh.core.internal.objecttree;

import org.jspecify.annotations.NullMarked;
