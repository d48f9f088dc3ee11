// SPDX-License-Identifier: Apache-2.0
package io.kmesh.copytool.internal;

import io.kmesh.spi.lustre.ActionItem;
import io.kmesh.spi.observe.KmeshEvent;
import io.kmesh.spi.observe.Observer;
import io.kmesh.spi.time.KmeshTime;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;

/** Sends the copytool's events. What an observer throws is dropped: it never stops the work. */
public final class Events {
  private final Observer observer;
  private final KmeshTime time;
  private final AtomicLong sequence = new AtomicLong();

  /** Events to an observer. */
  public Events(Observer observer, KmeshTime time) {
    this.observer = observer;
    this.time = time;
  }

  void action(KmeshEvent.Severity severity, String type, ActionItem item, String message) {
    Map<String, String> fields = new TreeMap<>();
    fields.put("action", item.action().name());
    fields.put("archive", item.archiveId().toString());
    fields.put("cookie", Long.toHexString(item.cookie()));
    fields.put("mdt", Integer.toString(item.mdt()));
    send(severity, type, item.fid().toString(), message, fields);
  }

  void send(
      KmeshEvent.Severity severity,
      String type,
      String subject,
      String message,
      Map<String, String> fields) {
    try {
      observer.event(
          new KmeshEvent(
              sequence.incrementAndGet(), time.now(), severity, type, subject, message, fields));
    } catch (RuntimeException e) {
      org.slf4j.LoggerFactory.getLogger(Events.class)
          .warn("An observer failed on {}: {}", type, e.toString());
    }
  }

  void count(String name, long delta) {
    try {
      observer.count(name, delta);
    } catch (RuntimeException e) {
      org.slf4j.LoggerFactory.getLogger(Events.class)
          .warn("An observer failed on {}: {}", name, e.toString());
    }
  }
}
