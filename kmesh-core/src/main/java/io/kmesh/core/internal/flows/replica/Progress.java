// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.replica;

import io.kmesh.core.internal.flows.base.Area;
import io.kmesh.core.internal.flows.base.FlowBase;
import io.kmesh.core.internal.repository.bytes.ByteInput;
import io.kmesh.core.internal.repository.bytes.ByteOutput;
import io.kmesh.core.internal.state.OrderedStore;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.TreeMap;

/**
 * How far replicas have each other's logs, in the base's table {@code P}: docs/format/flow-base.md.
 * For the base's thread.
 */
final class Progress {
  private final Area table;
  private final Map<Long, Peer> peers = new TreeMap<>(Long::compareUnsigned);

  /**
   * What is kept of a peer.
   *
   * @param taken the place in its log up to which this base has all
   * @param told the place in this base's log up to which the peer has all, as it said
   * @param counter this replica's counter when that place was the last one
   */
  record Peer(long taken, long told, long counter) {
    static final Peer NEW = new Peer(0, 0, 0);
  }

  Progress(FlowBase base) throws IOException {
    this.table = base.area('P');
    try (OrderedStore.Cursor all = table.all()) {
      while (all.next()) {
        peers.put(ByteBuffer.wrap(all.key()).getLong(), decode(all.value()));
      }
    }
  }

  Peer of(long replica) {
    return peers.getOrDefault(replica, Peer.NEW);
  }

  void keep(long replica, Peer peer) throws IOException {
    peers.put(replica, peer);
    ByteOutput out = new ByteOutput(24);
    out.varint(peer.taken());
    out.varint(peer.told());
    out.varint(peer.counter());
    table.put(ByteBuffer.allocate(8).putLong(replica).array(), out.toBytes());
  }

  /** What a greeting says of them. */
  Map<Long, Long> taken() {
    Map<Long, Long> taken = new TreeMap<>(Long::compareUnsigned);
    peers.forEach((replica, peer) -> taken.put(replica, peer.taken()));
    return taken;
  }

  private static Peer decode(byte[] bytes) throws ProviderException {
    ByteInput in = new ByteInput(bytes, "what is kept of a flow's peer");
    long taken = in.varint(Long.MAX_VALUE, "a place in the log");
    long told = in.varint(Long.MAX_VALUE, "a place in the log");
    long counter = in.varint(Long.MAX_VALUE, "a counter");
    in.end();
    return new Peer(taken, told, counter);
  }
}
