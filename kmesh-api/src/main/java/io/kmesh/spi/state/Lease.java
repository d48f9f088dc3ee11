// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.state;

import java.time.Instant;

/**
 * A lease of a name.
 *
 * @param name what is leased
 * @param holder who holds it
 * @param token grows with every new holder: give it along with each effect, so that a late holder's
 *     effect can be told and refused
 * @param expires when it ends without renewal, by this machine's clock
 */
public record Lease(String name, String holder, long token, Instant expires) {}
