// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.archive;

/** A place that files are archived to: implement the interfaces below it that it can do. */
public sealed interface ArchiveBackend permits Archiver, Restorer, Remover {}
