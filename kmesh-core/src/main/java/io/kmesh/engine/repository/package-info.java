// SPDX-License-Identifier: Apache-2.0
/**
 * Repositories and their snapshots for the commands: values, and calls that return when all is
 * done. Exported to them only; no part of the public API.
 */
@NullMarked
package io.kmesh.engine.repository;

import org.jspecify.annotations.NullMarked;
