// SPDX-License-Identifier: Apache-2.0
/**
 * What a store said of objects, kept in local files so that it need not be asked again. See
 * docs/format/mirror-cache.md.
 */
@NullMarked
package io.kmesh.core.internal.mirror.cache;

import org.jspecify.annotations.NullMarked;
