// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.link;

import java.time.Duration;

/**
 * How a session goes; counts begin with the session.
 *
 * @param logicalOut bytes of messages that the peer has handled, before compression
 * @param logicalIn bytes of messages that this side has handled, after expansion
 * @param wireOut bytes written to the wire, encryption included
 * @param wireIn bytes read from the wire, encryption included
 * @param retransmitted bytes of messages that were sent again since their stream died
 * @param waiting bytes that were sent and are not handled yet
 * @param streams streams that are up now
 * @param reconnects streams that were replaced after they died
 * @param resumes how often the link was wholly cut and came back
 * @param goodput bytes of messages a second that were handled, both ways, lately
 * @param roundTrip the last measured time to the peer and back; zero when there was none
 */
public record LinkStatus(
    long logicalOut,
    long logicalIn,
    long wireOut,
    long wireIn,
    long retransmitted,
    long waiting,
    int streams,
    long reconnects,
    long resumes,
    long goodput,
    Duration roundTrip) {}
