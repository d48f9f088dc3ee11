// SPDX-License-Identifier: Apache-2.0
/** What the kernel can do for the connections of a link, and the JDK has no option for. */
@NullMarked
package io.kmesh.spi.link;

import org.jspecify.annotations.NullMarked;
