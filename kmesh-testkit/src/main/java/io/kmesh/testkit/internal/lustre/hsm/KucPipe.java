// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.hsm;

import io.kmesh.spi.lustre.ActionItem;
import java.util.ArrayDeque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The kernel's pipe between a client and its copytool, with the capacity of a real one: 16 pages of
 * 4 KiB, where a message continues the last page only if its odd part fits. Not thread-safe.
 */
final class KucPipe {
  private static final int PAGE = 4096;
  private static final int PAGES = 16;
  private static final int HEADER = 8;

  private record Message(List<ActionItem> items, int size) {}

  private final ArrayDeque<Message> messages = new ArrayDeque<>();
  private final ArrayDeque<Integer> pages = new ArrayDeque<>();

  /**
   * Puts an action list in when there is room.
   *
   * @param listSize bytes of the {@code hsm_action_list}
   */
  boolean offer(List<ActionItem> items, int listSize) {
    int size = listSize + HEADER;
    int odd = size % PAGE;
    Integer last = pages.peekLast();
    boolean continues = odd > 0 && last != null && last + odd <= PAGE;
    int whole = size / PAGE;
    int needed = whole + (odd > 0 && !continues ? 1 : 0);
    if (pages.size() + needed > PAGES) {
      return false;
    }
    if (continues) {
      pages.removeLast();
      pages.addLast(last + odd);
    }
    for (int i = 0; i < whole; i++) {
      pages.addLast(PAGE);
    }
    if (odd > 0 && !continues) {
      pages.addLast(odd);
    }
    messages.addLast(new Message(items, size));
    return true;
  }

  /** Takes the first list out; null when the pipe is empty. */
  @Nullable List<ActionItem> poll() {
    Message message = messages.pollFirst();
    if (message == null) {
      return null;
    }
    int left = message.size();
    while (left > 0) {
      int page = pages.removeFirst();
      if (page > left) {
        pages.addFirst(page - left);
        left = 0;
      } else {
        left -= page;
      }
    }
    return message.items();
  }

  boolean isEmpty() {
    return messages.isEmpty();
  }
}
