// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import io.kmesh.core.internal.flows.replica.Channel;
import io.kmesh.core.internal.flows.replica.Message;
import io.kmesh.core.internal.flows.replica.MessageCodec;
import io.kmesh.spi.ProviderException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The end of a way that a peer has who wishes ill: what it heard, and why it was parted with. */
final class HostileWay implements Channel {
  final List<Message> heard = new ArrayList<>();
  @Nullable String broken;

  @Override
  public String site() {
    return "mallory";
  }

  @Override
  public void send(byte[] message) throws ProviderException {
    heard.add(MessageCodec.decode(message));
  }

  @Override
  public void sendBulk(byte[] message) {}

  @Override
  public boolean tellsChunks() {
    return true;
  }

  @Override
  public void abort(String reason) {
    broken = reason;
  }

  <T extends Message> List<T> heard(Class<T> type) {
    return heard.stream().filter(type::isInstance).map(type::cast).toList();
  }
}
