// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.fs;

import io.kmesh.lustre.Fid;
import io.kmesh.path.PathBytes;

/**
 * One name of an inode.
 *
 * @param parent the directory
 * @param name the entry in it
 */
record Link(Fid parent, PathBytes name) {}
