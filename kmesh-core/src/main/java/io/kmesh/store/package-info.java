// SPDX-License-Identifier: Apache-2.0
/**
 * Object stores that need nothing but this machine: {@link io.kmesh.store.DirectoryStore} keeps
 * objects as files below a directory. The stored form is described in {@code
 * docs/format/directory-store.md}.
 */
@NullMarked
package io.kmesh.store;

import org.jspecify.annotations.NullMarked;
