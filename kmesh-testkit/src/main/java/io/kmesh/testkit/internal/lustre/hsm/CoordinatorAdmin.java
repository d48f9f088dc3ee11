// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.hsm;

import io.kmesh.testkit.lustre.Coordinator;
import io.kmesh.testkit.lustre.CoordinatorCommand;
import io.kmesh.testkit.lustre.CoordinatorSettings;
import io.kmesh.testkit.lustre.CoordinatorState;
import io.kmesh.testkit.lustre.CopytoolAgent;
import io.kmesh.testkit.lustre.HsmStatistics;
import io.kmesh.testkit.lustre.QueuedAction;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** The administrator's view of all coordinators. Thread-safe. */
final class CoordinatorAdmin implements Coordinator {
  /** Kills the copytool of a client. */
  @FunctionalInterface
  interface Killer {
    void kill(String uuid) throws IOException;
  }

  private final Map<Integer, MdtCoordinator> mdts;
  private final HsmCounters counters;
  private final @Nullable Random order;
  private final Killer killer;

  CoordinatorAdmin(
      Map<Integer, MdtCoordinator> mdts,
      HsmCounters counters,
      @Nullable Random order,
      Killer killer) {
    this.mdts = mdts;
    this.counters = counters;
    this.order = order;
    this.killer = killer;
  }

  private MdtCoordinator of(int mdt) {
    MdtCoordinator coordinator = mdts.get(mdt);
    if (coordinator == null) {
      throw new IllegalArgumentException(
          "Cannot reach MDT" + mdt + ": this file system has the MDTs " + mdts.keySet() + ".");
    }
    return coordinator;
  }

  @Override
  public List<Integer> mdts() {
    return List.copyOf(mdts.keySet());
  }

  @Override
  public CoordinatorSettings settings(int mdt) {
    return of(mdt).control.settings();
  }

  @Override
  public void configure(int mdt, CoordinatorSettings settings) throws IOException {
    of(mdt).control.configure(settings);
  }

  @Override
  public void configure(CoordinatorSettings settings) throws IOException {
    for (MdtCoordinator mdt : mdts.values()) {
      mdt.control.configure(settings);
    }
  }

  @Override
  public void setParameter(String name, String value) throws IOException {
    if (name.equals("hsm_control")) {
      control(ParameterText.command(value));
      return;
    }
    for (MdtCoordinator mdt : mdts.values()) {
      mdt.control.configure(ParameterText.set(mdt.control.settings(), name, value));
    }
  }

  @Override
  public CoordinatorState state(int mdt) {
    return of(mdt).control.coordinatorState();
  }

  @Override
  public void control(int mdt, CoordinatorCommand command) throws IOException {
    of(mdt).control.control(command);
  }

  @Override
  public void control(CoordinatorCommand command) throws IOException {
    for (MdtCoordinator mdt : mdts.values()) {
      mdt.control.control(command);
    }
  }

  @Override
  public List<QueuedAction> actions(int mdt) {
    return of(mdt).control.actions();
  }

  @Override
  public List<QueuedAction> actions() {
    List<QueuedAction> all = new ArrayList<>();
    mdts.values().forEach(m -> all.addAll(m.control.actions()));
    return all;
  }

  @Override
  public int activeRequests(int mdt) {
    return of(mdt).control.activeRequests();
  }

  @Override
  public List<CopytoolAgent> agents(int mdt) {
    return of(mdt).control.agents();
  }

  @Override
  public HsmStatistics statistics() {
    return counters.view();
  }

  @Override
  public List<String> violations() {
    return counters.violations();
  }

  @Override
  public void restartMdt(int mdt) throws IOException {
    of(mdt).control.restart();
  }

  @Override
  public void killCopytool(String uuid) throws IOException {
    killer.kill(uuid);
  }

  @Override
  public int step() throws IOException {
    if (order == null) {
      throw new IllegalStateException(
          "Cannot step: a thread runs the coordinators. Open the file system in deterministic mode.");
    }
    List<MdtCoordinator> all = new ArrayList<>(mdts.values());
    Collections.shuffle(all, order);
    int sent = 0;
    for (MdtCoordinator mdt : all) {
      sent += mdt.pass.run();
    }
    return sent;
  }
}
