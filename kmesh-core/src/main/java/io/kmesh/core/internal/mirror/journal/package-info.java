// SPDX-License-Identifier: Apache-2.0
/**
 * What is remembered on this machine of files that were under way when a mirroring ended: {@code
 * docs/format/mirror-journal.md}.
 */
@NullMarked
package io.kmesh.core.internal.mirror.journal;

import org.jspecify.annotations.NullMarked;
