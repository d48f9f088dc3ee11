// SPDX-License-Identifier: Apache-2.0
package io.kmesh.sites;

import java.time.Instant;

/**
 * Who a site is, as its certificate says. Immutable.
 *
 * @param site its name
 * @param fingerprint the SHA-256 of its certificate: 64 hexadecimal digits
 * @param expires when it ends to count, unless it is renewed before
 * @param authority the SHA-256 of the certificate of the authority that signed it
 * @param isAuthority whether that authority is kept here
 */
public record SiteCertificate(
    String site, String fingerprint, Instant expires, String authority, boolean isAuthority) {}
