// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.detect;

import io.kmesh.core.internal.flows.base.Area;
import io.kmesh.core.internal.flows.base.FlowBase;
import io.kmesh.core.internal.flows.base.Node;
import io.kmesh.core.internal.flows.base.NodeId;
import io.kmesh.spi.posix.PosixDirectory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A look at the whole tree in steps, with other work between them. Names that it misses are gone
 * only when the directories that changed meanwhile were looked at again: else something that was
 * moved from what was to come to what was done would be missed. For the base's thread.
 */
final class TreeScan {
  private static final byte[] KEY = {QueueKeys.SCAN};

  private final FlowBase base;
  private final Area area;
  private final EntryLook entries;
  private final Removals removals;
  private final OpenDirectories directories;
  private final Removals.Recheck recheck;
  private final NodeIds open = new NodeIds();
  private final NodeIds visited = new NodeIds();
  private int verified;
  private boolean isVerifying;
  private boolean isRunning;

  /** Numbers the scans that began. */
  private long begun;

  /** The last scan that somebody waits for. */
  private long awaited;

  private @Nullable String reason;
  private @Nullable String next;
  private @Nullable DirectoryVisit visit;

  TreeScan(
      FlowBase base,
      Area area,
      EntryLook entries,
      Removals removals,
      OpenDirectories directories,
      Removals.Recheck recheck)
      throws IOException {
    this.base = base;
    this.area = area;
    this.entries = entries;
    this.removals = removals;
    this.directories = directories;
    this.recheck = recheck;
    byte[] known = area.get(KEY);
    if (known != null) {
      begin(new String(known, StandardCharsets.UTF_8));
    }
  }

  /** Begins, or begins another one behind the one that is under way. */
  void demand(String why) throws IOException {
    if (isRunning) {
      next = why;
    } else {
      begin(why);
    }
    area.put(KEY, why.getBytes(StandardCharsets.UTF_8));
  }

  private void begin(String why) throws IOException {
    removals.forget(QueueKeys.MISSED);
    removals.forget(QueueKeys.HELD);
    open.push(NodeId.ROOT);
    reason = why;
    isRunning = true;
    begun++;
  }

  /**
   * Demands a scan of all that is there now: the one that is under way begins anew, but not while
   * somebody waits for that.
   *
   * @return its number, for {@link #isEnded}
   */
  long await(String why) throws IOException {
    if (isRunning && awaited >= begun) {
      demand(why);
      awaited = begun + 1;
    } else {
      restart(why);
      awaited = begun;
    }
    return awaited;
  }

  /** Whether a scan ended. */
  boolean isEnded(long number) {
    return begun > number || (begun == number && !isRunning);
  }

  Optional<String> reason() {
    return Optional.ofNullable(reason);
  }

  boolean isRunning() {
    return isRunning;
  }

  /** Has the one that is under way begin anew: all that is there from now on is looked at. */
  void restart(String why) throws IOException {
    end();
    if (!isRunning) {
      begin(why);
      area.put(KEY, why.getBytes(StandardCharsets.UTF_8));
    }
  }

  /** Looks at about so many entries. */
  void step(int most, Findings findings) throws IOException {
    int left = most;
    while (left > 0 && isRunning) {
      if (visit != null) {
        left -= visit(visit, findings);
      } else if (!open.isEmpty()) {
        enter(open.pop());
        left--;
      } else if (!isVerifying && removals.has(QueueKeys.MISSED)) {
        isVerifying = true;
      } else if (isVerifying && verified < visited.size()) {
        verify(visited.at(verified++));
        left--;
      } else {
        removals.settle(QueueKeys.MISSED, recheck);
        end();
      }
    }
  }

  private void enter(NodeId directory) throws IOException {
    if (directory.isRoot()) {
      Optional<PosixDirectory> handle = directories.open(directory);
      if (handle.isPresent()) {
        entries.top(handle.get());
      }
    }
    boolean isFirst = !isVerifying;
    if (isFirst) {
      visited.push(directory);
    }
    visit =
        new DirectoryVisit(
            directory,
            base,
            entries,
            removals,
            QueueKeys.MISSED,
            (node, isNew) -> {
              if (isFirst || isNew) {
                open.push(node.id());
              }
            });
  }

  private int visit(DirectoryVisit at, Findings findings) throws IOException {
    Optional<PosixDirectory> handle = directories.open(at.directory());
    int done = handle.isEmpty() ? 0 : at.step(handle.get(), findings);
    if (handle.isEmpty() || at.isDone()) {
      visit = null;
      at.close();
    }
    return Math.max(1, done);
  }

  /** Looks at a directory again whose names changed since it was looked at. */
  private void verify(NodeId directory) throws IOException {
    Optional<Node> node = base.node(directory);
    if (node.isEmpty() || node.get().local() == null) {
      return;
    }
    Optional<PosixDirectory> handle = directories.open(directory);
    if (handle.isPresent()
        && !handle.get().stat().mtime().equals(EntryLook.here(node.get()).mtime())) {
      open.push(directory);
    }
  }

  private void end() throws IOException {
    if (visit != null) {
      visit.close();
      visit = null;
    }
    open.clear();
    visited.clear();
    verified = 0;
    isVerifying = false;
    isRunning = false;
    reason = null;
    String again = next;
    next = null;
    if (again == null) {
      area.remove(KEY);
    } else {
      begin(again);
    }
  }
}
