// SPDX-License-Identifier: Apache-2.0
/** Codecs of Lustre's structs against what real headers and a real file system gave. */
@NullMarked
package io.kmesh.lustre.jna.internal.wire;

import org.jspecify.annotations.NullMarked;
