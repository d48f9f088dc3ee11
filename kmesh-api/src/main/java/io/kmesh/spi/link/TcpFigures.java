// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.link;

import java.time.Duration;

/**
 * What the kernel measured on a TCP connection so far.
 *
 * @param roundTrip the smoothed time of a round trip
 * @param roundTripVariation how much that varies
 * @param segmentBytes the payload of a full segment, in bytes
 * @param congestionWindow how many segments may be under way
 * @param segmentsUnacknowledged how many are
 * @param retransmissions how many segments were sent again, since the connection was made
 */
public record TcpFigures(
    Duration roundTrip,
    Duration roundTripVariation,
    long segmentBytes,
    long congestionWindow,
    long segmentsUnacknowledged,
    long retransmissions) {}
