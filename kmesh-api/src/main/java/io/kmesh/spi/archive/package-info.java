// SPDX-License-Identifier: Apache-2.0
/**
 * What a site implements to archive its own way: any of {@link io.kmesh.spi.archive.Archiver},
 * {@link io.kmesh.spi.archive.Restorer} and {@link io.kmesh.spi.archive.Remover}, one method each,
 * handed to the copytool. A missing one ends such a request with a named error. Calls come from
 * several threads at once, never two for one file.
 */
@NullMarked
package io.kmesh.spi.archive;

import org.jspecify.annotations.NullMarked;
