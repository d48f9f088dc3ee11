// SPDX-License-Identifier: Apache-2.0
/**
 * Keys and X.509 certificates of sites: made with Bouncy Castle, read and verified by the JDK. What
 * they are for is written in {@code core.internal.flows.trust}.
 */
@NullMarked
package io.kmesh.core.internal.crypto.cert;

import org.jspecify.annotations.NullMarked;
