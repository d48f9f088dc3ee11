// SPDX-License-Identifier: Apache-2.0
/** Catalogs of HSM entries, and the repository as an archive of the copytool. */
@NullMarked
package io.kmesh.core.internal.snapshots.archive;

import org.jspecify.annotations.NullMarked;
