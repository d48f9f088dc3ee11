// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.hsm;

import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmActionKind;
import io.kmesh.spi.Errno;
import io.kmesh.spi.time.KmeshTime;
import io.kmesh.testkit.internal.lustre.HsmInodes;
import io.kmesh.testkit.lustre.ActionStatus;
import io.kmesh.testkit.lustre.CoordinatorSettings;
import io.kmesh.testkit.lustre.CoordinatorState;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the coordinator of one MDT holds: its list, in memory and on disk, its copytools and the
 * locks of pending restores. Its monitor guards all of it and every {@link ActionRecord}; no call
 * to the file system is made while it is held.
 */
final class MdtState implements Closeable {
  final int mdt;
  final HsmInodes inodes;
  final KmeshTime time;
  final HsmCounters counters;

  /** Tells the coordinator's thread that there may be something to send; its monitor is a leaf. */
  final Runnable wake;

  final ActionTable table = new ActionTable();
  final Map<String, Agent> agents = new LinkedHashMap<>();
  private final Map<Fid, RestoreGate> gates = new HashMap<>();
  private final ActionLog log;

  CoordinatorState state = CoordinatorState.ENABLED;
  CoordinatorSettings settings;
  long lastIndex;
  long lastCookie;

  /** A list that did not fit into a pipe: this MDT's coordinator does nothing until it does. */
  @Nullable ActionBatch stalled;

  /** CANCELs whose target runs on a client that is not registered any more. */
  final List<ActionRecord> parkedCancels = new ArrayList<>();

  private boolean closed;

  /** Opens the MDT's list and takes up what it says. */
  MdtState(
      int mdt,
      HsmInodes inodes,
      KmeshTime time,
      HsmCounters counters,
      Runnable wake,
      CoordinatorSettings defaults,
      Path directory)
      throws IOException {
    this.mdt = mdt;
    this.inodes = inodes;
    this.time = time;
    this.counters = counters;
    this.wake = wake;
    this.settings = defaults;
    ListReplay replay = new ListReplay(directory.resolve("mdt" + mdt + ".actions").toString());
    this.log = ActionLog.open(directory, mdt, replay);
    replay.install(this);
    if (log.isWorthCompacting()) {
      log.compact(this::rewrite);
    }
  }

  /** Milliseconds of a clock that never goes back. */
  long now() {
    return Math.floorDiv(time.nanoTime(), 1_000_000L);
  }

  /** The time of day of a moment of {@link #now}. */
  private long wallOf(long moment) {
    return time.now().toEpochMilli() - (now() - moment);
  }

  /** The moment of a time of day, never in the future. */
  long momentOf(long wall) {
    return now() - Math.max(0, time.now().toEpochMilli() - wall);
  }

  /** Whether a slot is free: what holds one now leaves room. */
  int freeSlots() {
    return settings.maxRequests() - table.active().size();
  }

  /** Queues an action. Flush after it. */
  ActionRecord add(
      HsmActionKind action,
      long cookie,
      Fid fid,
      Fid dataFid,
      int archiveId,
      int flags,
      byte[] payload)
      throws IOException {
    requireOpen();
    ActionRecord record =
        new ActionRecord(++lastIndex, cookie, action, fid, dataFid, archiveId, flags, payload);
    record.touched = now();
    log.append(
        new LogEntry.Added(
            record.index,
            cookie,
            action,
            fid,
            dataFid,
            archiveId,
            flags,
            wallOf(record.touched),
            record.payload));
    table.add(record);
    if (action == HsmActionKind.RESTORE) {
      gates.computeIfAbsent(fid, f -> new RestoreGate());
    }
    counters.queued(action);
    return record;
  }

  long nextCookie() {
    return ++lastCookie;
  }

  /** Sets a record's status and its time. Flush after it. */
  void setStatus(ActionRecord record, ActionStatus status) throws IOException {
    record.touched = now();
    table.setStatus(record, status);
    logChange(record);
  }

  /** Gives a record a slot or takes it back; the time stays. Flush after it. */
  void setActive(ActionRecord record, boolean holdsSlot) throws IOException {
    table.setActive(record, holdsSlot);
    logChange(record);
  }

  void setCanceled(ActionRecord record) throws IOException {
    record.canceled = true;
    logChange(record);
  }

  private void logChange(ActionRecord record) throws IOException {
    if (record.listed || record.active) {
      log.append(
          new LogEntry.Changed(
              record.index, record.status, record.active, record.canceled, wallOf(record.touched)));
    } else {
      log.append(new LogEntry.Dropped(record.index));
    }
  }

  void setDataFid(ActionRecord record, Fid fid) throws IOException {
    record.dataFid = fid;
    log.append(new LogEntry.DataFid(record.index, fid, wallOf(record.touched)));
  }

  /** Notes a sign of life; on disk at most every tenth of the timeout. Flush after it. */
  void touch(ActionRecord record) throws IOException {
    long now = now();
    long before = record.touched;
    record.touched = now;
    if (now - before > settings.activeRequestTimeout().toMillis() / 10) {
      log.append(new LogEntry.Touched(record.index, wallOf(now)));
    }
  }

  /** Takes ended records out of the list whose grace is over. Flush after it. */
  void dropEnded() throws IOException {
    long limit = now() - settings.graceDelay().toMillis();
    for (ActionRecord r = table.firstEnded(); r != null; r = table.firstEnded()) {
      if (r.touched >= limit) {
        return;
      }
      table.dropFirstEnded();
      log.append(new LogEntry.Dropped(r.index));
    }
  }

  /** Makes all changes last. */
  void flush() throws IOException {
    log.flush();
    if (log.isWorthCompacting()) {
      log.compact(this::rewrite);
    }
  }

  void logSettings() throws IOException {
    log.append(new LogEntry.Settings(state, settings));
    flush();
  }

  private void rewrite(ActionLog to) throws IOException {
    to.append(new LogEntry.Settings(state, settings));
    for (ActionRecord r : table.all()) {
      rewrite(to, r);
    }
    for (ActionRecord r : table.active()) {
      if (!r.listed) {
        rewrite(to, r);
        to.append(new LogEntry.Dropped(r.index));
      }
    }
    to.append(new LogEntry.Counters(lastIndex, lastCookie));
  }

  private void rewrite(ActionLog to, ActionRecord r) throws IOException {
    long wall = wallOf(r.touched);
    to.append(
        new LogEntry.Added(
            r.index, r.cookie, r.action, r.fid, r.dataFid, r.archiveId, r.flags, wall, r.payload));
    if (r.status != ActionStatus.WAITING || r.active || r.canceled) {
      to.append(new LogEntry.Changed(r.index, r.status, r.active, r.canceled, wall));
    }
  }

  /** The lock of a file's pending restore; null when there is none. */
  @Nullable RestoreGate gate(Fid fid) {
    return gates.get(fid);
  }

  void makeGate(Fid fid) {
    gates.computeIfAbsent(fid, f -> new RestoreGate());
  }

  /** Gives the lock of a file back: who waits looks again. */
  void openGate(Fid fid) {
    RestoreGate gate = gates.remove(fid);
    if (gate != null) {
      gate.open();
    }
  }

  /** Gives the lock of a file back, unless a restore of it still waits or runs. */
  void openGateUnlessPending(Fid fid) {
    ActionRecord open = table.open(fid);
    if (open == null || open.action != HsmActionKind.RESTORE) {
      openGate(fid);
    }
  }

  void openAllGates() {
    gates.values().forEach(RestoreGate::open);
    gates.clear();
  }

  synchronized boolean isClosed() {
    return closed;
  }

  void requireOpen() throws IOException {
    if (closed) {
      throw Refusals.of(
          Errno.ESHUTDOWN,
          "Cannot use the coordinator of MDT"
              + mdt
              + ": ESHUTDOWN, the simulated file system was closed. Open it again.");
    }
  }

  @Override
  public synchronized void close() throws IOException {
    if (!closed) {
      closed = true;
      agents.values().forEach(a -> a.port.end(Errno.ESHUTDOWN));
      agents.clear();
      openAllGates();
      log.close();
    }
  }
}
