// SPDX-License-Identifier: Apache-2.0
/** Repositories and snapshots as users see them; what lasts is done by operations. */
@NullMarked
package io.kmesh.core.internal.snapshots.service;

import org.jspecify.annotations.NullMarked;
