// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.hsm;

import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.ChangelogRecord.HsmEvent;
import io.kmesh.lustre.HsmActionKind;
import io.kmesh.lustre.HsmFlag;
import io.kmesh.spi.Errno;
import io.kmesh.testkit.internal.lustre.HsmAttributes;
import io.kmesh.testkit.internal.lustre.HsmRecord;
import io.kmesh.testkit.lustre.ActionStatus;
import io.kmesh.testkit.lustre.CoordinatorState;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * One pass of an MDT's coordinator: timeouts and grace when a full scan is due, then sending what
 * fits into the free slots. Only one thread runs passes; others may use the state meanwhile.
 */
final class MdtPass {
  private final MdtState state;
  private final @Nullable Random order;
  private long lastFullScan;
  private boolean scanned;

  /**
   * A runner of passes.
   *
   * @param order chooses among equals; null takes the first
   */
  MdtPass(MdtState state, @Nullable Random order) {
    this.state = state;
    this.order = order;
  }

  /** The milliseconds until the next full scan is due. */
  long untilFullScan() {
    synchronized (state) {
      long due = lastFullScan + state.settings.loopPeriod().toMillis();
      return scanned ? Math.max(0, due - state.now()) : 0;
    }
  }

  /** Runs a pass and returns how many actions were sent. */
  int run() throws IOException {
    List<ActionRecord> expired;
    List<ActionBatch> batches;
    int sent;
    synchronized (state) {
      if (state.isClosed() || state.state != CoordinatorState.ENABLED) {
        return 0;
      }
      sent = sendStalled();
      if (sent < 0) {
        return 0;
      }
      expired = fullScanWhenDue();
      batches = select();
      state.flush();
    }
    for (ActionRecord r : expired) {
      finishExpired(r);
    }
    if (order != null) {
      Collections.shuffle(batches, order);
    }
    int done = 0;
    try {
      while (done < batches.size() && !isStalled()) {
        sent += send(batches.get(done));
        done++;
      }
    } finally {
      synchronized (state) {
        for (int i = batches.size() - 1; i >= done; i--) {
          giveBack(batches.get(i).records);
        }
      }
    }
    return sent;
  }

  private boolean isStalled() {
    synchronized (state) {
      return state.stalled != null;
    }
  }

  // ---- full scan

  private List<ActionRecord> fullScanWhenDue() throws IOException {
    long now = state.now();
    if (scanned && now - lastFullScan < state.settings.loopPeriod().toMillis()) {
      return List.of();
    }
    scanned = true;
    lastFullScan = now;
    List<ActionRecord> expired = new ArrayList<>();
    long timeout = state.settings.activeRequestTimeout().toMillis();
    for (ActionRecord r : state.table.started()) {
      // A CANCEL lives as long as its target shows life.
      ActionRecord holder = state.table.active(r.cookie);
      long last = holder == null ? r.touched : holder.touched;
      if (now - last > timeout && (holder == null || !holder.ending)) {
        if (holder != null) {
          state.setActive(holder, false);
          countFailure(holder);
        }
        state.setStatus(r, ActionStatus.CANCELED);
        state.counters.failed(r.action);
        expired.add(r);
      }
    }
    state.dropEnded();
    return expired;
  }

  private void countFailure(ActionRecord record) {
    Agent agent = record.agent == null ? null : state.agents.get(record.agent);
    if (agent != null) {
      agent.current--;
      agent.failed++;
    }
  }

  /** The changelog first, then the lock: nobody sees the file change before the record. */
  private void finishExpired(ActionRecord record) throws IOException {
    writeRecord(record, Errno.ECANCELED.code());
    synchronized (state) {
      // The record may be the CANCEL of a restore.
      state.openGateUnlessPending(record.fid);
    }
  }

  private void writeRecord(ActionRecord record, int error) throws IOException {
    try {
      state.inodes.update(
          record.fid, same -> same, new HsmRecord(MdtReports.event(record.action), error));
    } catch (IOException e) {
      if (!Refusals.is(e, Errno.ENOENT)) {
        throw e;
      }
    }
  }

  // ---- choosing

  private List<ActionBatch> select() throws IOException {
    int free = state.freeSlots();
    if (free <= 0 || state.agents.isEmpty()) {
      return new ArrayList<>();
    }
    ActionTable.WaitingQueues waiting = state.table.waiting();
    List<ActionRecord> taken = new ArrayList<>();
    boolean hasRestore = false;
    while (taken.size() < free) {
      ActionRecord r = waiting.takeFirst(this::isServed);
      if (r == null) {
        break;
      }
      taken.add(r);
      hasRestore |= r.action == HsmActionKind.RESTORE;
    }
    if (taken.size() == free && !hasRestore) {
      displaceForRestore(waiting, taken);
    }
    return group(taken);
  }

  private boolean isServed(int archiveId) {
    if (archiveId == 0) {
      // Only a REMOVE of a file that is gone: it goes to every archive, if need be.
      return !state.agents.isEmpty();
    }
    for (Agent agent : state.agents.values()) {
      if (agent.serves(archiveId)) {
        return true;
      }
    }
    return false;
  }

  /** Restores are too important to wait behind all the rest: one a pass gets another's place. */
  private void displaceForRestore(ActionTable.WaitingQueues waiting, List<ActionRecord> taken) {
    ActionRecord restore = waiting.takeRestore(this::isServed);
    if (restore == null) {
      return;
    }
    int victim = taken.size() - 1;
    for (int i = victim; i >= 0; i--) {
      if (taken.get(i).archiveId == restore.archiveId) {
        victim = i;
        break;
      }
    }
    waiting.addFirst(taken.remove(victim));
    taken.add(restore);
  }

  private List<ActionBatch> group(List<ActionRecord> taken) throws IOException {
    List<ActionBatch> batches = new ArrayList<>();
    for (ActionRecord r : taken) {
      String agent = null;
      if (r.action == HsmActionKind.CANCEL) {
        ActionRecord target = state.table.active(r.cookie);
        if (target != null && target.agent != null) {
          agent = target.agent;
          if (!state.agents.containsKey(agent)) {
            // Nobody to tell: it waits for that client, and the target is cancelled already.
            cancelTarget(target);
            state.parkedCancels.add(r);
            continue;
          }
        }
      }
      batchFor(batches, r, agent).add(r);
    }
    return batches;
  }

  private static ActionBatch batchFor(
      List<ActionBatch> batches, ActionRecord r, @Nullable String agent) {
    for (ActionBatch b : batches) {
      if (b.archiveId == r.archiveId && Objects.equals(b.agent, agent) && b.hasRoomFor(r)) {
        return b;
      }
    }
    ActionBatch fresh = new ActionBatch(r.archiveId, agent);
    batches.add(fresh);
    return fresh;
  }

  private void cancelTarget(ActionRecord target) throws IOException {
    if (!target.status.isFinal()) {
      state.setStatus(target, ActionStatus.CANCELED);
    }
    state.setCanceled(target);
  }

  // ---- sending

  private int send(ActionBatch batch) throws IOException {
    List<ActionRecord> refused = new ArrayList<>();
    for (ActionRecord r : batch.records) {
      if (!prepare(r)) {
        refused.add(r);
      }
    }
    synchronized (state) {
      for (ActionRecord r : refused) {
        batch.remove(r);
        if (r.status == ActionStatus.WAITING) {
          state.setStatus(r, ActionStatus.FAILED);
          state.counters.failed(r.action);
          if (r.action == HsmActionKind.RESTORE) {
            state.openGateUnlessPending(r.fid);
          }
        }
      }
      // A purge or a shutdown may have come meanwhile.
      for (ActionRecord r : List.copyOf(batch.records)) {
        if (r.status != ActionStatus.WAITING) {
          batch.remove(r);
        }
      }
      int sent = 0;
      if (!batch.records.isEmpty()) {
        if (state.isClosed() || state.state != CoordinatorState.ENABLED) {
          giveBack(batch.records);
        } else {
          sent = deliver(batch);
        }
      }
      if (!state.isClosed()) {
        state.flush();
      }
      return sent;
    }
  }

  /** Looks again whether the file allows the action, and marks it for an ARCHIVE. */
  private boolean prepare(ActionRecord r) throws IOException {
    if (r.action == HsmActionKind.CANCEL) {
      return true;
    }
    boolean afterUnlink = r.action == HsmActionKind.REMOVE && r.dataFid.isZero();
    try {
      HsmAttributes file = state.inodes.attributes(r.fid);
      if (!afterUnlink && !HsmRules.isAllowed(r.action, r.archiveId, file)) {
        return false;
      }
      if (r.action == HsmActionKind.ARCHIVE
          && !(file.has(HsmFlag.EXISTS) && file.archiveId() == r.archiveId)) {
        state.inodes.update(
            r.fid,
            before -> HsmRules.archiveSent(before, r.archiveId),
            HsmRecord.of(HsmEvent.STATE));
      }
      return true;
    } catch (IOException e) {
      if (Refusals.is(e, Errno.ENOENT)) {
        return r.action == HsmActionKind.REMOVE;
      }
      throw e;
    }
  }

  private int deliver(ActionBatch batch) throws IOException {
    Agent agent =
        batch.agent == null ? leastLoaded(batch.archiveId) : state.agents.get(batch.agent);
    if (agent == null) {
      if (batch.archiveId == 0 && !state.agents.isEmpty()) {
        fanOut(batch);
      } else {
        giveBack(batch.records);
      }
      return 0;
    }
    batch.agent = agent.port.uuid();
    for (ActionRecord r : batch.records) {
      if (r.action == HsmActionKind.CANCEL) {
        ActionRecord target = state.table.active(r.cookie);
        if (target != null) {
          cancelTarget(target);
        }
      } else {
        r.agent = agent.port.uuid();
        state.table.setActive(r, true);
        agent.current++;
      }
    }
    return offer(batch, agent);
  }

  private int offer(ActionBatch batch, Agent agent) throws IOException {
    switch (agent.port.offer(batch.items(state.mdt), batch.size())) {
      case SENT -> {
        for (ActionRecord r : batch.records) {
          if (r.status == ActionStatus.WAITING) {
            state.setStatus(r, ActionStatus.STARTED);
          }
          state.counters.delivered(r.action);
        }
        return batch.records.size();
      }
      case FULL -> {
        state.stalled = batch;
        return 0;
      }
      case GONE -> {
        state.agents.remove(agent.port.uuid());
        takeSlotsBack(batch.records);
        giveBack(batch.records);
        return 0;
      }
    }
    throw new AssertionError(agent);
  }

  /** Tries the list that blocks this coordinator; -1 when it still does. */
  private int sendStalled() throws IOException {
    ActionBatch batch = state.stalled;
    if (batch == null) {
      return 0;
    }
    state.stalled = null;
    Agent agent = batch.agent == null ? null : state.agents.get(batch.agent);
    if (agent == null) {
      takeSlotsBack(batch.records);
      giveBack(batch.records);
      return 0;
    }
    int sent = offer(batch, agent);
    return state.stalled == null ? sent : -1;
  }

  private void takeSlotsBack(List<ActionRecord> records) {
    for (ActionRecord r : records) {
      if (r.active) {
        state.table.setActive(r, false);
      }
    }
  }

  /** Puts what was taken and not sent back to the front of the queue, in order. */
  private void giveBack(List<ActionRecord> records) {
    for (int i = records.size() - 1; i >= 0; i--) {
      ActionRecord r = records.get(i);
      if (r.status == ActionStatus.WAITING && !r.active && !r.queued) {
        state.table.waiting().addFirst(r);
      }
    }
  }

  private @Nullable Agent leastLoaded(int archiveId) {
    List<Agent> best = new ArrayList<>();
    for (Agent agent : state.agents.values()) {
      boolean fits = archiveId == 0 ? agent.archives.isEmpty() : agent.serves(archiveId);
      if (fits) {
        if (!best.isEmpty() && agent.current < best.get(0).current) {
          best.clear();
        }
        if (best.isEmpty() || agent.current == best.get(0).current) {
          best.add(agent);
        }
      }
    }
    if (best.isEmpty()) {
      return null;
    }
    return best.get(order == null ? 0 : order.nextInt(best.size()));
  }

  /**
   * A REMOVE that names no archive, and no copytool for all: one for each archive that is served.
   */
  private void fanOut(ActionBatch batch) throws IOException {
    TreeSet<ArchiveId> archives = new TreeSet<>();
    state.agents.values().forEach(a -> archives.addAll(a.archives));
    for (ActionRecord r : List.copyOf(batch.records)) {
      if (r.action != HsmActionKind.REMOVE) {
        giveBack(List.of(r));
        continue;
      }
      state.setStatus(r, ActionStatus.SUCCEED);
      for (ArchiveId archive : archives) {
        state.add(
            r.action, state.nextCookie(), r.fid, r.dataFid, archive.value(), r.flags, r.payload);
      }
    }
    state.wake.run();
  }
}
