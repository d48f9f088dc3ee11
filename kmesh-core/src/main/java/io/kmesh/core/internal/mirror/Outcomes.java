// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror;

import io.kmesh.engine.MirrorOutcome;
import io.kmesh.engine.MirrorOutcome.What;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;

/** Tells what became of entries. Thread-safe as its listener is. */
final class Outcomes {
  private final Consumer<MirrorOutcome> listener;

  Outcomes(Consumer<MirrorOutcome> listener) {
    this.listener = listener;
  }

  void tell(What what, Subject subject, long bytes) {
    listener.accept(new MirrorOutcome(what, subject.path(), subject.key(), bytes, "", ""));
  }

  /** With a message whose last sentence says what to do, as those of failures do. */
  void tell(What what, Subject subject, String message) {
    int remedy = remedyAt(message);
    listener.accept(
        new MirrorOutcome(
            what,
            subject.path(),
            subject.key(),
            0,
            message.substring(0, remedy).strip(),
            message.substring(remedy)));
  }

  void differences(Subject subject, long bytes, List<MirrorOutcome.Difference> differences) {
    listener.accept(
        new MirrorOutcome(
            What.DIFFERENT, subject.path(), subject.key(), bytes, "", "", differences));
  }

  /** What a failure makes of an entry. */
  static What of(IOException failure) {
    if (failure instanceof ProviderException p) {
      if (p.kind() == ErrorKind.PRECONDITION || p.kind() == ErrorKind.EXISTS) {
        return What.CONFLICT;
      }
      if (p.kind() == ErrorKind.ARCHIVED) {
        return What.SKIPPED;
      }
    }
    return What.FAILED;
  }

  /** Where the last sentence begins: behind the reason, which follows the first colon. */
  private static int remedyAt(String message) {
    int reason = message.indexOf(": ");
    for (int at = message.lastIndexOf(". "); at > reason && reason >= 0; ) {
      if (Character.isUpperCase(message.charAt(at + 2))) {
        return at + 2;
      }
      at = message.lastIndexOf(". ", at - 1);
    }
    return message.length();
  }
}
