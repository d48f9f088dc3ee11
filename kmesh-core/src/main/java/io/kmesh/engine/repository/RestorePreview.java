// SPDX-License-Identifier: Apache-2.0
package io.kmesh.engine.repository;

import io.kmesh.snapshots.RestorePlan;
import java.util.List;

/**
 * What a restore over what is there would do.
 *
 * @param steps what is added or replaced, in the order of names
 * @param unchanged entries that are as the snapshot has them
 * @param extra entries of the tree that the snapshot does not have; they stay
 * @param bytes those of the files that are added or replaced
 */
public record RestorePreview(
    List<RestorePlan.Step> steps, long unchanged, long extra, long bytes) {}
