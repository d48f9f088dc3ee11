// SPDX-License-Identifier: Apache-2.0
/** How writers are brought to rest while a snapshot of several sites is cut. */
@NullMarked
package io.kmesh.spi.quiesce;

import org.jspecify.annotations.NullMarked;
