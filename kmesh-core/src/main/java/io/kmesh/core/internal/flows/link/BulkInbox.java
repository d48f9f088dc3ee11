// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.link;

/** Hands out messages as they come. */
final class BulkInbox extends Inbox {
  private final IdWindow handled = new IdWindow();

  BulkInbox(long window) {
    super("a bulk", window);
  }

  @Override
  void arrive(Arrived message) {
    ready.add(message);
  }

  @Override
  void handle(long id) {
    handled.add(id);
  }

  @Override
  IdSet handled() {
    return handled.set();
  }

  @Override
  long handledFloor() {
    return handled.floor();
  }
}
