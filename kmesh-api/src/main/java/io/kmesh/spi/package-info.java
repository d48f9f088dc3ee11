// SPDX-License-Identifier: Apache-2.0
/**
 * What all service provider interfaces share: the exception of providers and the names of errno.
 *
 * <p>SPI methods throw {@link java.io.IOException}. A plain one on a read counts as {@link
 * io.kmesh.spi.ErrorKind#TRANSIENT}, on a mutation as {@link
 * io.kmesh.spi.ErrorKind#UNKNOWN_OUTCOME}.
 */
@NullMarked
package io.kmesh.spi;

import org.jspecify.annotations.NullMarked;
