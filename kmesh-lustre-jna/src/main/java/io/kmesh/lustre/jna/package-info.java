// SPDX-License-Identifier: Apache-2.0
/**
 * The native side of Kmesh: the calls of libc behind {@link io.kmesh.spi.posix.PosixTree}.
 *
 * <p>The library that JNA unpacks goes where the system property {@code kmesh.native-directory}
 * says, so that a temporary folder mounted noexec does no harm.
 */
@NullMarked
package io.kmesh.lustre.jna;

import org.jspecify.annotations.NullMarked;
