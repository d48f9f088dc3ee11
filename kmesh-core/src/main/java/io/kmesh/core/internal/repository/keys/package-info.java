// SPDX-License-Identifier: Apache-2.0
/** Who can open a repository: its marker, its key, the wrappings of that key, the domains' keys. */
@NullMarked
package io.kmesh.core.internal.repository.keys;

import org.jspecify.annotations.NullMarked;
