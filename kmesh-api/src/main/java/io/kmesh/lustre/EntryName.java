// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre;

import io.kmesh.path.PathBytes;

/**
 * One of the names of an object. Source: {@code struct link_ea_entry}.
 *
 * @param parent the directory that it is in
 * @param name the entry's name there
 */
public record EntryName(Fid parent, PathBytes name) {}
