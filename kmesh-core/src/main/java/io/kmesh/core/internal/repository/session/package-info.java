// SPDX-License-Identifier: Apache-2.0
/** Sessions that write chunks and publish them. */
@NullMarked
package io.kmesh.core.internal.repository.session;

import org.jspecify.annotations.NullMarked;
