// SPDX-License-Identifier: Apache-2.0
/** What keeps a repository well: collection, checks, repair. */
@NullMarked
package io.kmesh.core.internal.repository.collect;

import org.jspecify.annotations.NullMarked;
