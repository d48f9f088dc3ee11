// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.hsm;

import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.HsmActionKind;
import io.kmesh.spi.Errno;
import io.kmesh.testkit.lustre.ActionStatus;
import io.kmesh.testkit.lustre.CoordinatorCommand;
import io.kmesh.testkit.lustre.CoordinatorSettings;
import io.kmesh.testkit.lustre.CoordinatorState;
import io.kmesh.testkit.lustre.CopytoolAgent;
import io.kmesh.testkit.lustre.QueuedAction;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** What administrators and registrations change on an MDT's coordinator. Thread-safe. */
final class MdtControl {
  private final MdtState state;

  MdtControl(MdtState state) {
    this.state = state;
  }

  CoordinatorSettings settings() {
    synchronized (state) {
      return state.settings;
    }
  }

  void configure(CoordinatorSettings settings) throws IOException {
    synchronized (state) {
      state.requireOpen();
      state.settings = settings;
      state.logSettings();
    }
    state.wake.run();
  }

  CoordinatorState coordinatorState() {
    synchronized (state) {
      return state.state;
    }
  }

  List<QueuedAction> actions() {
    synchronized (state) {
      return state.table.all().stream().map(r -> r.view(state.mdt)).toList();
    }
  }

  int activeRequests() {
    synchronized (state) {
      return state.table.active().size();
    }
  }

  List<CopytoolAgent> agents() {
    synchronized (state) {
      return state.agents.values().stream().map(Agent::view).toList();
    }
  }

  // ---- registrations

  void requireRunning() throws IOException {
    synchronized (state) {
      state.requireOpen();
      if (state.state == CoordinatorState.STOPPED) {
        throw Refusals.of(
            Errno.ENXIO,
            "Cannot register a copytool: ENXIO, the coordinator of MDT"
                + state.mdt
                + " is off. Switch it on: lctl set_param mdt.*.hsm_control=enabled.");
      }
    }
  }

  void register(AgentPort port, Set<ArchiveId> archives) {
    synchronized (state) {
      if (state.isClosed()) {
        port.end(Errno.ESHUTDOWN);
        return;
      }
      state.agents.put(port.uuid(), new Agent(port, archives));
      // A CANCEL for what this client runs could not be told to anybody.
      for (ActionRecord cancel : List.copyOf(state.parkedCancels)) {
        if (cancel.status == ActionStatus.WAITING) {
          state.table.waiting().addFirst(cancel);
        }
      }
      state.parkedCancels.clear();
    }
    state.wake.run();
  }

  void unregister(AgentPort port) {
    synchronized (state) {
      Agent agent = state.agents.get(port.uuid());
      if (agent != null && agent.port == port) {
        state.agents.remove(port.uuid());
      }
    }
    state.wake.run();
  }

  // ---- hsm_control

  void control(CoordinatorCommand command) throws IOException {
    synchronized (state) {
      state.requireOpen();
      switch (command) {
        case ENABLED -> enable();
        case DISABLED -> {
          requireNotStopped(command, Errno.EINVAL);
          state.state = CoordinatorState.DISABLED;
        }
        case SHUTDOWN -> {
          requireNotStopped(command, Errno.EALREADY);
          stop();
        }
        case PURGE -> {
          requireNotStopped(command, Errno.EINVAL);
          purge();
        }
      }
      state.logSettings();
    }
    state.wake.run();
  }

  private void requireNotStopped(CoordinatorCommand command, Errno errno) throws IOException {
    if (state.state == CoordinatorState.STOPPED) {
      throw Refusals.of(
          errno,
          "Cannot set hsm_control of MDT"
              + state.mdt
              + " to "
              + command
              + ": "
              + errno.name()
              + ", the coordinator is stopped. Enable it first.");
    }
  }

  private void enable() throws IOException {
    if (state.state == CoordinatorState.STOPPED) {
      CoordinatorSettings fresh = CoordinatorSettings.DEFAULTS;
      state.settings =
          new CoordinatorSettings(
              state.settings.maxRequests(),
              state.settings.loopPeriod(),
              state.settings.activeRequestTimeout(),
              state.settings.graceDelay(),
              state.settings.defaultArchiveId(),
              fresh.policy(),
              state.settings.lastUnlink(),
              fresh.ownerRequests(),
              fresh.otherRequests());
      start();
    }
    state.state = CoordinatorState.ENABLED;
  }

  /** Restores that were sent wait again, other actions that were sent are not known any more. */
  private void start() throws IOException {
    state.lastCookie = Math.max(state.lastCookie, state.time.now().getEpochSecond());
    List<ActionRecord> started = state.table.started();
    started.sort((a, b) -> Long.compare(b.index, a.index));
    for (ActionRecord r : started) {
      if (r.action == HsmActionKind.RESTORE) {
        r.dataFid = r.fid;
        state.setDataFid(r, r.fid);
        state.setStatus(r, ActionStatus.WAITING);
      }
    }
    for (ActionRecord r : state.table.all()) {
      if (r.action == HsmActionKind.RESTORE && !r.status.isFinal()) {
        state.makeGate(r.fid);
      }
    }
  }

  private void stop() throws IOException {
    state.state = CoordinatorState.STOPPED;
    forget();
    state.openAllGates();
  }

  /** Forgets what is in memory only: slots and copytools. */
  private void forget() throws IOException {
    ActionBatch stalled = state.stalled;
    state.stalled = null;
    for (ActionRecord r : List.copyOf(state.table.active())) {
      r.canceled = false;
      r.copied = null;
      state.setActive(r, false);
    }
    List<ActionRecord> unsent = new ArrayList<>(state.parkedCancels);
    if (stalled != null) {
      unsent.addAll(stalled.records);
    }
    state.parkedCancels.clear();
    for (int i = unsent.size() - 1; i >= 0; i--) {
      if (unsent.get(i).status == ActionStatus.WAITING) {
        state.table.waiting().addFirst(unsent.get(i));
      }
    }
    state.agents.clear();
  }

  private void purge() throws IOException {
    for (ActionRecord r : state.table.active()) {
      Agent agent = r.agent == null ? null : state.agents.get(r.agent);
      if (agent != null) {
        // Not recorded: there is no CANCEL in the list for it.
        ActionRecord cancel =
            new ActionRecord(
                0,
                r.cookie,
                HsmActionKind.CANCEL,
                r.fid,
                r.dataFid,
                r.archiveId,
                r.flags,
                r.payload);
        ActionBatch batch = new ActionBatch(r.archiveId, r.agent);
        batch.add(cancel);
        agent.port.offer(batch.items(state.mdt), batch.size());
      }
    }
    for (ActionRecord r : state.table.all()) {
      if (!r.status.isFinal()) {
        state.setStatus(r, ActionStatus.CANCELED);
        if (r.action == HsmActionKind.RESTORE) {
          state.openGate(r.fid);
        }
      }
    }
    state.parkedCancels.clear();
  }

  /** Restarts the MDT; the clients register their copytools again by themselves. */
  void restart() throws IOException {
    synchronized (state) {
      state.requireOpen();
      if (state.state != CoordinatorState.STOPPED) {
        List<Agent> before = List.copyOf(state.agents.values());
        forget();
        start();
        for (Agent agent : before) {
          if (!agent.port.isGone()) {
            state.agents.put(agent.port.uuid(), new Agent(agent.port, agent.archives));
          }
        }
        state.logSettings();
      }
    }
    state.wake.run();
  }
}
