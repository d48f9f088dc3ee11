// SPDX-License-Identifier: Apache-2.0
package io.kmesh.copytool.internal;

import io.kmesh.lustre.ArchiveId;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.lustre.ActionItem;
import io.kmesh.spi.lustre.CopytoolSession;
import io.kmesh.spi.lustre.LustreCopytools;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/** The registration, made anew when it is lost. Thread-safe. */
final class Session {
  private final LustreCopytools copytools;
  private final Set<ArchiveId> archives;
  private @Nullable CopytoolSession current; // guarded by this
  private final Map<Integer, ActionItem> last = new TreeMap<>(); // guarded by this
  private boolean isClosed; // guarded by this
  private boolean isToRenew; // guarded by this

  Session(LustreCopytools copytools, Set<ArchiveId> archives) {
    this.copytools = copytools;
    this.archives = archives;
  }

  synchronized CopytoolSession current() throws IOException {
    CopytoolSession session = current;
    if (session == null) {
      if (isClosed) {
        throw new ProviderException(
            Errno.ESHUTDOWN, "Cannot use the copytool: it was closed. Start another.");
      }
      session = copytools.register(archives);
      current = session;
    }
    return session;
  }

  /** Whether an error says that the registration is gone. */
  static boolean isGone(IOException e) {
    return Failures.hasErrno(e, Errno.EPIPE) || Failures.hasErrno(e, Errno.ESHUTDOWN);
  }

  /** Gives a registration up; the next use makes another. */
  synchronized void lose(CopytoolSession lost) {
    if (current == lost) {
      current = null;
      try {
        lost.close();
      } catch (IOException e) {
        LoggerFactory.getLogger(Session.class)
            .debug("Closing a lost registration failed: {}", e.toString());
      }
    }
  }

  /** Notes the last item of each MDT, to have something to ask its coordinator about. */
  synchronized void received(List<ActionItem> items) {
    items.forEach(item -> last.put(item.mdt(), item));
  }

  /** The last item of each MDT that has sent one. */
  synchronized List<ActionItem> lastItems() {
    return List.copyOf(last.values());
  }

  /** Says that the registration may be forgotten: the receiving thread is to make another. */
  synchronized void renew() {
    isToRenew = true;
    wakeUp();
  }

  /** Whether a new registration was asked for since the last call. */
  synchronized boolean takeRenewal() {
    boolean was = isToRenew;
    isToRenew = false;
    return was;
  }

  synchronized void wakeUp() {
    if (current != null) {
      current.wakeUp();
    }
  }

  synchronized void close() throws IOException {
    isClosed = true;
    CopytoolSession session = current;
    current = null;
    if (session != null) {
      session.close();
    }
  }
}
