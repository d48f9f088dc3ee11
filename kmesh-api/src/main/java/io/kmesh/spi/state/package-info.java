// SPDX-License-Identifier: Apache-2.0
/**
 * Where Kmesh keeps what must survive a restart: typed records with compare-and-set, an ordered log
 * of events, and leases with fencing tokens.
 *
 * <p>Thread-safe. A call that returned is durable. Calls of several threads share one commit.
 */
@NullMarked
package io.kmesh.spi.state;

import org.jspecify.annotations.NullMarked;
