// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.access;

import io.kmesh.core.internal.flows.base.FlowBase;
import io.kmesh.core.internal.flows.base.Link;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.core.internal.flows.replica.Channel;
import io.kmesh.core.internal.flows.replica.Message;
import io.kmesh.core.internal.flows.replica.Pieces;
import io.kmesh.core.internal.flows.replica.Target;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where registers are remembered and nothing is placed: what is in the base is shown. Bytes come
 * when somebody reads them.
 */
final class AccessTarget implements Target {
  private final FlowBase base;
  private final Fetcher fetcher;
  private final Leases leases;
  private final EditSender edits;
  private final @Nullable WriteBack back;

  /**
   * A target.
   *
   * @param back what waits to be written back; null when nothing does
   */
  AccessTarget(
      FlowBase base, Fetcher fetcher, Leases leases, EditSender edits, @Nullable WriteBack back) {
    this.back = back;
    this.base = base;
    this.fetcher = fetcher;
    this.leases = leases;
    this.edits = edits;
  }

  @Override
  public void changed(Link link) {}

  @Override
  public void changed(NodeId node, Message.Delivery content) {}

  @Override
  public Pieces.Taker contents() {
    return fetcher;
  }

  @Override
  public void gone(Message.Gone gone) {
    fetcher.gone(gone);
  }

  @Override
  public void reached(Channel channel) {
    edits.reached(channel);
  }

  @Override
  public void edited(Message.Edited edited) {
    edits.edited(edited);
  }

  /** A way to the source is up. */
  @Override
  public void wantAgain() {
    leases.reached();
    fetcher.reached();
    if (back != null) {
      back.reached();
    }
  }

  @Override
  public void parted() {
    leases.parted();
    fetcher.parted();
    if (back != null) {
      back.parted();
    }
    edits.parted();
  }

  @Override
  public List<Message.Wanted> wants(int most) {
    return List.of();
  }

  @Override
  public List<Message> says() {
    List<Message> messages = new ArrayList<>(leases.says());
    messages.addAll(fetcher.says());
    messages.addAll(edits.says());
    return messages;
  }

  @Override
  public void fresh(Message.Fresh answer, long taken) {
    leases.fresh(answer, taken);
    if (back != null) {
      back.taken(taken);
    }
  }

  @Override
  public void taken(long place) {
    leases.taken(place);
    if (back != null) {
      back.taken(place);
    }
  }

  /** Commits what was told; there is nothing else to do with it. */
  @Override
  public boolean step() throws IOException {
    base.commit();
    if (back != null) {
      back.committed();
    }
    return false;
  }

  /** Registers are all that there is to do, and they are durable before this is asked. */
  @Override
  public long newest() {
    return 0;
  }

  @Override
  public long done() {
    return 0;
  }

  @Override
  public long problems() {
    return 0;
  }
}
