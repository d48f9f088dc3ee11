// SPDX-License-Identifier: Apache-2.0
/**
 * A mounted Lustre behind {@code io.kmesh.spi.lustre}: liblustreapi by JNA, and the ioctls and
 * character devices that it has no function for.
 */
@NullMarked
package io.kmesh.lustre.jna.internal.lustre;

import org.jspecify.annotations.NullMarked;
