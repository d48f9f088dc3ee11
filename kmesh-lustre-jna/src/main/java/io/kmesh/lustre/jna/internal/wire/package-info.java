// SPDX-License-Identifier: Apache-2.0
/**
 * Lustre's structs as bytes: one table of what lies where, and codecs between bytes and Kmesh's
 * values. No native call is made here; every length and offset that bytes name is checked before it
 * is used.
 */
@NullMarked
package io.kmesh.lustre.jna.internal.wire;

import org.jspecify.annotations.NullMarked;
