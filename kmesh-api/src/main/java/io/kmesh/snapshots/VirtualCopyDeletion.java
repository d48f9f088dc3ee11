// SPDX-License-Identifier: Apache-2.0
package io.kmesh.snapshots;

import io.kmesh.unit.DataSize;

/**
 * What the deletion of a virtual copy did.
 *
 * @param id the copy's id
 * @param freed the bytes that the last process that worked on it found stored for the copy
 */
public record VirtualCopyDeletion(String id, DataSize freed) {}
