// SPDX-License-Identifier: Apache-2.0
/**
 * The file system half of the simulated Lustre: inode tables, names, data objects, layouts, space
 * and changelogs on a backing directory. The design is in {@code docs/design/simulated-lustre.md},
 * the stored format in {@code docs/format/simulated-lustre.md}.
 *
 * <p>Locks are taken in this order: names ({@link io.kmesh.testkit.internal.lustre.fs.Names}), the
 * data of one live inode, the stripes of the inode table in ascending order, space and changelogs.
 */
@NullMarked
package io.kmesh.testkit.internal.lustre.fs;

import org.jspecify.annotations.NullMarked;
