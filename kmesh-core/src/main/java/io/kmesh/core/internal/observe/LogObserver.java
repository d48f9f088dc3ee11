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
  /** Longer texts are cut: a path of 4,096 bytes fits. */
  private static final int LONGEST = 8192;

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
    int end = Math.min(from.length(), LONGEST);
    for (int i = 0; i < end; i++) {
      char c = from.charAt(i);
      if (isUnprintable(c)) {
        to.append(String.format("\\u%04x", (int) c));
      } else {
        to.append(c);
      }
    }
    if (end < from.length()) {
      to.append("...(").append(from.length()).append(" chars)");
    }
  }

  /** What breaks a line, moves the cursor or turns the direction of writing. */
  private static boolean isUnprintable(char c) {
    int type = Character.getType(c);
    return Character.isISOControl(c)
        || type == Character.FORMAT
        || type == Character.LINE_SEPARATOR
        || type == Character.PARAGRAPH_SEPARATOR;
  }
}
