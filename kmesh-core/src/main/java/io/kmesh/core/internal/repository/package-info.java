// SPDX-License-Identifier: Apache-2.0
/**
 * The repository: trees in a content-addressed, deduplicated, compressed and encrypted store. Knows
 * no Lustre and no flow. See docs/design/repository.md and docs/format/repository.md.
 */
@NullMarked
package io.kmesh.core.internal.repository;

import org.jspecify.annotations.NullMarked;
