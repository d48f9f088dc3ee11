// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.observe;

import io.kmesh.spi.observe.KmeshEvent;
import io.kmesh.spi.observe.Observer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes events to the log {@code io.kmesh.event}; metrics are not logged. Control characters in a
 * message, which a file name can bring, are escaped. Thread-safe.
 */
public final class LogObserver implements Observer {
  private static final Logger LOG = LoggerFactory.getLogger("io.kmesh.event");

  @Override
  public void event(KmeshEvent event) {
    switch (event.severity()) {
      case DEBUG -> {
        if (LOG.isDebugEnabled()) {
          LOG.debug(text(event));
        }
      }
      case INFO -> {
        if (LOG.isInfoEnabled()) {
          LOG.info(text(event));
        }
      }
      case WARNING -> {
        if (LOG.isWarnEnabled()) {
          LOG.warn(text(event));
        }
      }
      case ERROR -> LOG.error(text(event));
    }
  }

  /** One line without control characters: a name must not forge a line of the log. */
  static String text(KmeshEvent event) {
    StringBuilder text = new StringBuilder();
    text.append(event.type()).append(" [");
    escape(event.subject(), text);
    text.append("] ");
    escape(event.message(), text);
    if (!event.fields().isEmpty()) {
      text.append(' ');
      escape(event.fields().toString(), text);
    }
    return text.toString();
  }

  private static void escape(String from, StringBuilder to) {
    for (int i = 0; i < from.length(); i++) {
      char c = from.charAt(i);
      if (Character.isISOControl(c) || c == '\u2028' || c == '\u2029') {
        to.append(String.format("\\u%04x", (int) c));
      } else {
        to.append(c);
      }
    }
  }
}
