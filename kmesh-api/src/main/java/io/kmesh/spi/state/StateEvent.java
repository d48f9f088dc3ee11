// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.state;

import java.time.Instant;

/**
 * An entry of the event log.
 *
 * @param sequence its place: increasing, without gaps per store
 * @param time when it was appended, by this machine's clock
 * @param owner the tenant
 * @param subject what it is about, such as an operation's id
 * @param type its type
 * @param detail a JSON object
 */
public record StateEvent(
    long sequence, Instant time, String owner, String subject, String type, String detail) {}
