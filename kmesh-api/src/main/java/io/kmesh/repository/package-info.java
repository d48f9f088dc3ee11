// SPDX-License-Identifier: Apache-2.0
/**
 * Repositories: deduplicated, compressed and encrypted stores of snapshots, on any object store.
 *
 * <p>Types are immutable or thread-safe. Calls throw {@link io.kmesh.KmeshException}: NOT_FOUND
 * when there is no repository, DENIED when the credential does not open it, CORRUPT when stored
 * data are damaged.
 */
@NullMarked
package io.kmesh.repository;

import org.jspecify.annotations.NullMarked;
