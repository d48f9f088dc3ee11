// SPDX-License-Identifier: Apache-2.0
/** Tests of what looks at a site's own tree. */
@NullMarked
package io.kmesh.core.internal.flows.detect;

import org.jspecify.annotations.NullMarked;
