// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.link;

import io.kmesh.core.internal.flows.link.LinkEnd.Kind;
import io.kmesh.core.internal.time.KmeshThreads;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The threads that call a session's handler: one for what is ordered, some for bulk. */
final class HandlerThreads {
  private static final Logger LOG = LoggerFactory.getLogger(HandlerThreads.class);

  private final Session session;
  private final LinkHandler handler;
  private final int bulkThreads;
  private final CountDownLatch opened = new CountDownLatch(1);
  private final CountDownLatch bulkEnded;
  private final CountDownLatch ended = new CountDownLatch(1);

  HandlerThreads(Session session, LinkHandler handler, int bulkThreads) {
    this.session = session;
    this.handler = handler;
    this.bulkThreads = bulkThreads;
    this.bulkEnded = new CountDownLatch(bulkThreads);
  }

  void start(List<HandlerThreads> replaced) {
    KmeshThreads.start("link-handler", () -> runOrdered(replaced));
    for (int i = 0; i < bulkThreads; i++) {
      KmeshThreads.start("link-bulk-handler", this::runBulk);
    }
  }

  private void runOrdered(List<HandlerThreads> replaced) {
    try {
      for (HandlerThreads before : replaced) {
        before.ended.await();
      }
      handler.opened(session);
      opened.countDown();
      handle(Frame.ORDERED);
    } catch (Exception | Error e) {
      failed(e);
    }
    opened.countDown();
    try {
      bulkEnded.await();
      LinkEnd end = session.ended();
      if (end != null) {
        handler.lost(session, end);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      ended.countDown();
      session.changed();
    }
  }

  boolean isEnded() {
    return ended.getCount() == 0;
  }

  private void runBulk() {
    try {
      opened.await();
      handle(Frame.BULK);
    } catch (Exception | Error e) {
      failed(e);
    } finally {
      bulkEnded.countDown();
    }
  }

  private void handle(int type) throws Exception {
    for (Inbox.Arrived m = session.take(type); m != null; m = session.take(type)) {
      if (type == Frame.ORDERED) {
        handler.message(session, m.bytes());
      } else {
        handler.bulk(session, m.bytes());
      }
      session.done(type, m);
    }
  }

  private void failed(Throwable failure) {
    if (!session.isOver()) {
      LOG.warn("A handler of {} failed; the session ends.", session, failure);
    }
    session.end(
        new LinkEnd(Kind.HANDLER_FAILED, "a handler failed: " + failure), Goodbye.HANDLER_FAILED);
  }
}
